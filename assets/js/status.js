// Status texts: error notices, the toast, announcements for screen readers, and the typing indicator.
import { messageQueued, messagesArrived, onUseFailed } from "./events.js";
import { authorOf, excerptOf, isOwn, onAdded, room } from "./room.js";

const [NOTICE_STAYS, TOAST_STAYS, TYPING_INTERVAL] = [20_000, 4000, 2000]; // ms
const BATCH = 700; // ms within which messages are announced together
const TYPING_EXPIRES = 6500; // ms; the server ends typing after 5 s, but that may get lost
const [LONGEST, MOST_TYPISTS] = [100, 3];
const [notices, toast, announcer, typing] = ["notices", "toast", "announcement", "typing"].map((id) => document.getElementById(id));
let [toastTimer, typingTimer, announceTimer, typingSentAt] = [0, 0, 0, 0];
let waiting = [];

/** Shows a notice in the room or in another element. `text` may be a list of texts and elements. */
export function showNotice(text, { into = notices, replace = false, data = {} } = {}) {
  const template = into === notices ? document.getElementById("notice") : into.nextElementSibling;
  const notice = template.content.firstElementChild.cloneNode(true);
  notice.querySelector("span").append(...[text].flat());
  Object.assign(notice.dataset, data);
  into[replace ? "replaceChildren" : "append"](notice);
  return notice;
}

/** Announces to screen readers a text that the screen shows elsewhere. */
export const announceStatus = (text) => void (announcer.textContent = text);

/** Confirms an action that has no other visible effect. */
export function showToast(text) {
  clearTimeout(toastTimer);
  toast.textContent = text;
  if (toast.matches(":popover-open")) toast.hidePopover();
  toast.showPopover(); // above dialogs
  toastTimer = setTimeout(() => (toast.replaceChildren(), toast.hidePopover()), TOAST_STAYS);
}

// Notices disappear after a while. Of two with the same text, the newer one stays.
function onNotice(notice) {
  for (const other of [...notices.children]) {
    if (other !== notice && other.textContent === notice.textContent) other.remove();
  }
  if (!("stays" in notice.dataset)) setTimeout(() => notice.remove(), NOTICE_STAYS);
}

// The list is a log with aria-live "off": screen readers would read whole articles with times and reactions, and again
// after each edit. This element gets one sentence for a message, or for several that arrive together.
function announce() {
  announceTimer = 0;
  const [message] = waiting;
  const text = waiting.length === 1 ? `${authorOf(message)}: ${excerptOf(message)}` : `${waiting.length} new messages`;
  announcer.textContent = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  waiting = [];
}

function showTypists() {
  const others = [...typing.querySelectorAll("b")].filter((name) => !isOwn(name)).slice(0, MOST_TYPISTS);
  typing.replaceChildren();
  others.forEach((name, at) => {
    if (at) typing.append(at === others.length - 1 ? " and " : ", ");
    typing.append(name);
  });
  if (others.length) typing.append(others.length === 1 ? " is typing…" : " are typing…");
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => typing.replaceChildren(), TYPING_EXPIRES);
  typists.takeRecords();
}

const typists = new MutationObserver(showTypists);
if (typing) typists.observe(typing, { childList: true });
room.box?.addEventListener("input", () => {
  if (!room.box.value.trim() || Date.now() - typingSentAt < TYPING_INTERVAL) return;
  if (room.send({ typing: true })) typingSentAt = Date.now();
});
messageQueued.on(() => (typingSentAt = 0));
onUseFailed.on(() => showNotice("Couldn’t load part of the page. Reload and try again.", { replace: true }));
onAdded(notices, (node) => node instanceof HTMLElement && onNotice(node));

messagesArrived.on(({ others }) => {
  const shown = others.filter((message) => message.isConnected);
  if (!shown.length) return;
  waiting.push(...shown);
  announceTimer ||= setTimeout(announce, BATCH);
  const isTyping = ({ dataset }) => typing?.querySelector(`[data-author="${dataset.author}"]`);
  if (shown.some(isTyping)) typing.replaceChildren();
});
