// Where no socket can be opened, the same catch-up comes over HTTP every few seconds.
// Says "chat:polling" after each answer, so that what waits is posted over HTTP too.
(() => {
  const room = document.getElementById("room");
  const line = document.getElementById("connection");
  const list = document.getElementById("messages");
  if (!room?.hasAttribute("hx-ws:connect")) return;

  const EVERY = 3000;
  let failures = 0;
  let enough = 3; // attempts that fail before a way round is tried; more once a socket has been seen to work
  let timer = 0;
  let busy = false;

  const isOpen = () => line.dataset.state === "open";

  async function fetchChanges() {
    const serial = document.getElementById("sidebar").dataset.serial;
    const address = `/rooms/${room.dataset.room}/messages?after=${list.dataset.rev}&list=${serial}`;
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (answer.status === 401 || answer.redirected) location.assign("/login");
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.text();
  }

  function say() {
    if (line.dataset.mode === "polling") return;
    line.dataset.mode = "polling";
    const words = document.createElement("span");
    words.textContent = "No live connection here; new messages come every few seconds.";
    line.replaceChildren(words);
  }

  function giveUp() {
    if (line.dataset.mode) line.firstElementChild.textContent = "Reconnecting…";
    delete line.dataset.mode;
    failures = 0;
    timer = 0;
  }

  async function poll() {
    if (busy || isOpen()) return;
    busy = true;
    clearTimeout(timer);
    try {
      const text = await fetchChanges();
      await htmx.swap({ sourceElement: room, target: room, swap: "none", text });
      if (!isOpen()) {
        say();
        document.dispatchEvent(new CustomEvent("chat:polling"));
        timer = setTimeout(poll, EVERY);
      }
    } catch {
      giveUp();
    }
    busy = false;
  }

  room.addEventListener("htmx:ws:after:connection", () => {
    clearTimeout(timer);
    timer = failures = 0;
    enough = 8;
  });

  room.addEventListener("htmx:ws:close", ({ detail: { code } }) => {
    if (code === null || code === 1008) return;
    failures += 1;
    if (!timer && failures >= enough) poll();
  });

  document.addEventListener("chat:posted", poll);
})();
