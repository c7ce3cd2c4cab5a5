// The live connection: where it opens, what the page says about it, and that it never stays dead in silence.
// Says "chat:outside" when the reader is out of the room.
(() => {
  const root = document.querySelector("[hx-ws\\:connect]");
  const line = document.getElementById("connection");
  const list = document.getElementById("messages");
  if (!root) return;

  const SILENCE = 45_000; // the server says something at least every 20 s
  const PATIENCE = 20_000; // longer than any planned wait between two attempts
  const PEOPLE = 100;
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
    htmx.process(root, true);
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

  // The page stays, with what was written on it; the rest of the site goes on beside it.
  function outside() {
    root.dataset.outside = "";
    root.setAttribute("hx-ws:connect", "/live");
    document.dispatchEvent(new CustomEvent("chat:outside"));
    reconnect();
  }

  function end({ code, reason }) {
    if (code !== 1008) return;
    if (reason === "log in again") leave();
    else if (!("outside" in root.dataset)) outside();
  }

  function address(base) {
    const params = new URLSearchParams();
    if (list && !("outside" in root.dataset)) params.set("after", list.dataset.rev);
    params.set("list", document.getElementById("sidebar")?.dataset.serial ?? "");
    const dots = [...document.querySelectorAll(".dot[data-person]")];
    const people = new Set(dots.map((dot) => (dot.matches(".dot--on") ? "" : "-") + dot.dataset.person));
    params.set("people", [...people].slice(0, PEOPLE).join());
    return `${base}?${params}`;
  }

  root.addEventListener("htmx:ws:before:connection", ({ detail: { connection } }) => {
    tried = Date.now();
    const base = connection.url.split("?")[0];
    Object.defineProperty(connection, "url", { configurable: true, get: () => address(base) });
  });

  root.addEventListener("htmx:ws:after:connection", ({ detail: { connection } }) => {
    heard = Date.now();
    line.dataset.state = "open";
    delete line.dataset.mode;
    say("");
    connection.socket.addEventListener("close", end);
  });

  root.addEventListener("htmx:ws:before:message:incoming", () => {
    heard = Date.now();
    sessionStorage.removeItem("left");
  });

  root.addEventListener("htmx:ws:close", ({ detail: { code } }) => {
    tried = Date.now();
    line.dataset.state = "closed";
    if (code !== 1008) say("Reconnecting…");
  });

  setInterval(check, 5000);
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
