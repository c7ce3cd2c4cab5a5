// Says aloud what comes in. #messages is a log whose "live" is off: a live list would read whole articles, with times,
// reactions and whatever scripts put into them, and would read them again after each edit. Instead one hidden status line
// gets a sentence for new messages of others, and one for several that come together. Edits and reactions are not said.
(() => {
  const room = document.getElementById("room");
  const line = document.getElementById("said");
  const toast = document.getElementById("toast");
  if (!line) return;

  const TOGETHER = 700; // ms in which messages count as having come together
  const STAY = 4000;
  const LONGEST = 100;
  let waiting = [];
  let timer = 0;
  let clearing = 0;

  function sentence(message) {
    const name = message.querySelector(".message__author").textContent;
    const words = `${name}: ${excerptOf(message)}`;
    return words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words;
  }

  function say() {
    timer = 0;
    line.textContent = waiting.length === 1 ? sentence(waiting[0]) : `${waiting.length} new messages`;
    waiting = [];
  }

  document.addEventListener("chat:arrived", ({ detail }) => {
    const others = detail.fresh.filter((message) => message.isConnected && message.dataset.author !== room.dataset.user);
    if (!others.length) return;
    waiting.push(...others);
    timer ||= setTimeout(say, TOGETHER);
  });

  // What the reader did, where nothing else on the page shows it: "Link copied".
  document.addEventListener("chat:say", ({ detail }) => {
    clearTimeout(clearing);
    toast.textContent = detail;
    clearing = setTimeout(() => toast.replaceChildren(), STAY);
  });
})();
