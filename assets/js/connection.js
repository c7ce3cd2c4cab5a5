// The live connection: its address, its state on the page, and recovery after silence.
import { logIn } from "./api.js";
import { removedFromRoom } from "./events.js";
import { isWaiting, onServerBack, showStatus, stopTrying, tryLater, tryNow } from "./reconnect.js";

const root = document.querySelector("[hx-ws\\:connect]");
const [status, list] = ["connection", "messages"].map((id) => document.getElementById(id));
const SILENCE = 45_000; // the server sends something at least every 20 s
const ATTEMPT = 20_000; // ms; longer than a socket needs to open
const PEOPLE = 100;
let [receivedAt, triedAt] = [Date.now(), Date.now()];
const isOpen = () => status.dataset.state === "open";

// Closes the socket and opens a new one at once.
function reconnect() {
  triedAt = Date.now();
  htmx.process(root, true);
}

function check() {
  if (isOpen() ? Date.now() - receivedAt > SILENCE : Date.now() - triedAt > ATTEMPT && !isWaiting()) reconnect();
}

function wake() {
  if (document.hidden) return;
  if (!isOpen() && Date.now() - triedAt > 1000) tryNow();
  else check();
}

// The session has ended. A second refusal before anything is received would cause a redirect loop.
function leave() {
  if (sessionStorage.getItem("left")) return showStatus("Live updates were refused. Log out and back in.");
  sessionStorage.setItem("left", "yes");
  logIn();
}

// The page keeps its messages, and from now on follows only the sidebar.
function leaveRoom() {
  root.dataset.removed = "";
  root.setAttribute("hx-ws:connect", "/live");
  removedFromRoom.emit();
  reconnect();
}

function onClose({ code, reason }) {
  if (code !== 1008) return;
  if (reason === "log in again") leave();
  else if (!("removed" in root.dataset)) leaveRoom();
}

// Address with the newest state that the page has of the room, the sidebar and the users online.
function addressFrom(base) {
  const params = new URLSearchParams();
  if (list && !("removed" in root.dataset)) params.set("after", list.dataset.rev);
  params.set("list", document.getElementById("sidebar")?.dataset.serial ?? "");
  const dots = [...document.querySelectorAll(".presence-dot[data-person]")];
  const people = new Set(dots.map((dot) => (dot.matches(".presence-dot--online") ? "" : "-") + dot.dataset.person));
  params.set("people", [...people].slice(0, PEOPLE).join());
  return `${base}?${params}`;
}

if (root) {
  // htmx reads the address when it opens the socket.
  root.addEventListener("htmx:ws:before:connection", ({ detail: { connection } }) => {
    triedAt = Date.now();
    const base = connection.url.split("?")[0];
    Object.defineProperty(connection, "url", { configurable: true, get: () => addressFrom(base) });
  });
  root.addEventListener("htmx:ws:after:connection", ({ detail: { connection } }) => {
    receivedAt = Date.now();
    status.dataset.state = "open";
    delete status.dataset.mode;
    stopTrying();
    connection.socket.addEventListener("close", onClose);
  });
  root.addEventListener("htmx:ws:before:message:incoming", () => {
    receivedAt = Date.now();
    sessionStorage.removeItem("left");
  });
  root.addEventListener("htmx:ws:close", ({ detail: { code } }) => {
    const wasOpen = isOpen();
    triedAt = Date.now();
    status.dataset.state = "closed";
    if (code !== null && code !== 1008) tryLater(wasOpen); // null: another socket replaces it
  });
  onServerBack(reconnect);
  setInterval(check, 5000);
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
