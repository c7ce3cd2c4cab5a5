// Reactions: a click at one gives it or takes it back; the picker gives another one.
(() => {
  const room = document.getElementById("room");
  if (!document.getElementById("emoji")) return;

  const doorOf = (message, emoji) => addressOf(message, `/reactions/${encodeURIComponent(emoji)}`);

  // Those who gave it are named in the page, up to a number: beyond it only the server knows what a click means.
  function turn(message, pill) {
    const by = pill.dataset.by.split(" ");
    if (by.includes(room.dataset.user)) return changeMessage("DELETE", doorOf(message, pill.value));
    const count = Number(pill.querySelector(".reaction__count").textContent);
    if (count <= by.length) return changeMessage("PUT", doorOf(message, pill.value));
    return changeMessage("POST", addressOf(message, "/reactions"), { emoji: pill.value });
  }

  document.addEventListener("submit", async (event) => {
    const pill = event.submitter?.closest(".reaction");
    const message = pill?.closest(".message");
    if (!message) return;
    event.preventDefault();
    if (pill.ariaBusy === "true") return;
    pill.ariaBusy = "true";
    await turn(message, pill);
    pill.ariaBusy = null;
  });

  document.addEventListener("chat:do", ({ detail: { what, message, anchor, emoji } }) => {
    if (what !== "react") return;
    const id = message.id; // it may be replaced while one chooses
    const give = (chosen) => {
      const now = document.getElementById(id);
      if (now) changeMessage("PUT", doorOf(now, chosen));
    };
    if (emoji) return give(emoji);
    document.dispatchEvent(new CustomEvent("chat:pick", { detail: { anchor: anchor ?? message, done: give } }));
  });
})();
