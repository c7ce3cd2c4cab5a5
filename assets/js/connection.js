// The live connection: where it opens, what the page says about it, and that it never stays dead in silence.
(() => {
  const room = document.getElementById("room");
  const line = document.getElementById("connection");
  const list = document.getElementById("messages");
  if (!room?.hasAttribute("hx-ws:connect")) return;

  const SILENCE = 45_000; // the server says something at least every 20 s
  const PATIENCE = 20_000; // longer than any planned wait between two attempts
  let heard = Date.now();
  let tried = Date.now();

  const isOpen = () => line.dataset.state === "open";

  function say(words) {
    if (line.dataset.mode === "polling") return;
    const span = document.createElement("span");
    span.textContent = words;
    if (line.textContent !== words) line.replaceChildren(...(words ? [span] : []));
  }

  // Tears the socket down and opens a new one at once.
  function reconnect() {
    tried = Date.now();
    htmx.process(room, true);
  }

  function check() {
    const now = Date.now();
    if (isOpen() ? now - heard > SILENCE : now - tried > PATIENCE) reconnect();
  }

  function wake() {
    if (document.hidden) return;
    if (!isOpen() && Date.now() - tried > 1000) reconnect();
    else check();
  }

  // The session has ended. Should this happen again before anything was heard, going round in circles helps nobody.
  function leave() {
    if (sessionStorage.getItem("left")) return say("The server does not let this page listen. Log out and in again.");
    sessionStorage.setItem("left", "yes");
    location.assign("/login");
  }

  room.addEventListener("htmx:ws:before:connection", ({ detail: { connection } }) => {
    tried = Date.now();
    const address = connection.url.split("?")[0];
    Object.defineProperty(connection, "url", {
      configurable: true,
      get: () => `${address}?after=${list.dataset.rev}`,
    });
  });

  room.addEventListener("htmx:ws:after:connection", () => {
    heard = Date.now();
    line.dataset.state = "open";
    delete line.dataset.mode;
    say("");
  });

  room.addEventListener("htmx:ws:before:message:incoming", () => {
    heard = Date.now();
    sessionStorage.removeItem("left");
  });

  room.addEventListener("htmx:ws:close", ({ detail: { code } }) => {
    tried = Date.now();
    line.dataset.state = "closed";
    if (code === 1008) leave();
    else say("Reconnecting…");
  });

  setInterval(check, 5000);
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
