// Reconnects after an outage: plans the attempts and shows the status. hx-ws has its own attempts set to an hour; it
// only keeps the composer's form working without a socket.
import { canReach } from "./api.js";

const status = document.getElementById("connection");
const QUICK = 5 * 60_000; // ms; in an outage up to this long, a visible page tries about once a second
const [FAST, SLOW] = [1300, 10_000]; // ms; longest waits between two attempts
const BRIEF = 3000; // ms; a shorter outage is not called offline
let [timer, lostAt, isTrying, open] = [0, 0, false, null];
let refusals = 0; // attempts in a row that failed although the server answered

/** Whether an attempt is planned. */
export const isWaiting = () => timer !== 0;
/** Sets the function that opens a socket when the server is back. */
export const onServerBack = (call) => (open = call);

/** Shows the state of the connection, and when the next attempt is made. */
export function showStatus(text, next = "") {
  if (status.dataset.mode === "polling") return;
  const line = status.firstElementChild ?? status.appendChild(document.createElement("span"));
  if (!text) return status.replaceChildren();
  // Screen readers read the text once, without the changing time of the next attempt.
  if (line.firstChild?.textContent !== text) line.replaceChildren(text);
  line.querySelector("b")?.remove();
  if (next) line.append(Object.assign(document.createElement("b"), { textContent: next, ariaHidden: "true" }));
}

// Wait before the next attempt, randomized so that not all pages connect at once: about a second while the page is
// visible, longer after five minutes, and longer if the server answers but refuses sockets.
function wait() {
  const isQuick = !document.hidden && Date.now() - lostAt < QUICK;
  const longest = refusals > 4 ? FAST * 2 ** (refusals - 4) : isQuick ? FAST : SLOW;
  return Math.min(longest, SLOW) * (0.5 + Math.random() / 2);
}

function plan(ms) {
  clearTimeout(timer);
  timer = setTimeout(tryNow, ms);
  const isLong = Date.now() - lostAt > BRIEF || navigator.onLine === false;
  const text = isLong ? "You’re offline. Messages and reactions will be sent when you reconnect. " : "Reconnecting…";
  showStatus(text, isLong ? `Next try in ${Math.ceil(ms / 1000)} s.` : "");
}

/** Plans an attempt after a socket was lost (`wasOpen`) or refused. */
export function tryLater(wasOpen) {
  lostAt ||= Date.now();
  refusals = wasOpen ? 0 : refusals + 1;
  plan(wasOpen ? Math.random() * 600 : wait());
}

/**
 * Checks over HTTP whether the server is back, and only then opens a socket: browsers delay sockets after failed ones.
 */
export async function tryNow() {
  timer = clearTimeout(timer) ?? 0;
  if (status.dataset.state === "open" || isTrying) return;
  isTrying = true;
  const isBack = await canReach();
  isTrying = false;
  if (status.dataset.state === "open") return;
  if (isBack) open();
  else plan(wait());
}

/** Forgets the outage: a socket is open. */
export function stopTrying() {
  clearTimeout(timer);
  timer = refusals = lostAt = 0;
  showStatus("");
}
