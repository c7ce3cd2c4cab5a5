// The toolbar of a message (WAI-ARIA toolbar): one for the page, at the message under the pointer or with the focus.
// Left and right move in it, up and down to other messages, and Escape to the composer.
import { actionChosen } from "./events.js";
import { popCloser, pushCloser } from "./keys.js";
import { allowedActions } from "./message_actions.js";
import { addressOf, copyOf, idOf, messageAround, messagesIn, newestIn, placeControl, room } from "./room.js";

const { list, scroller } = room;
const toolbar = copyOf("message-actions");
const all = [...toolbar.querySelectorAll("[data-action]")];
const buttons = () => all.filter((button) => !button.hidden);
const current = () => toolbar.closest(".message");
const isUsed = () => toolbar.contains(document.activeElement) || toolbar.querySelector("[aria-expanded=true]");
const setTabStop = (button) => all.forEach((other) => (other.tabIndex = other === button ? 0 : -1));

function show(message) {
  if (!message || message === current()) return;
  const allowed = allowedActions(message);
  for (const button of all) button.hidden = !allowed.has(button.dataset.action);
  const thread = toolbar.querySelector("[data-action=thread]");
  thread.href = addressOf(message, "/thread");
  thread.dataset.thread = idOf(message);
  placeControl(toolbar, message);
  if (!buttons().some((button) => button.tabIndex === 0)) setTabStop(buttons()[0]);
}

const focus = (button) => (setTabStop(button), button.focus({ preventScroll: true }));

function goTo(message) {
  if (!message) return;
  const before = document.activeElement;
  show(message);
  focus(before.hidden ? buttons()[0] : before);
  message.scrollIntoView({ block: "nearest" });
}

// Returns whether the key was one of the toolbar's.
function move({ key, target }) {
  const [messages, shown] = [messagesIn(list), buttons()];
  const [row, column] = [messages.indexOf(current()), shown.indexOf(document.activeElement)];
  const forward = getComputedStyle(toolbar).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (key === " " && target.matches("a")) target.click();
  else if (key === "ArrowUp") goTo(messages[row - 1]);
  else if (key === "ArrowDown") goTo(messages[row + 1]);
  else if (key === "Home") focus(shown[0]);
  else if (key === "End") focus(shown.at(-1));
  else if (key === "ArrowLeft" || key === "ArrowRight") focus(shown.at((column + (key === forward ? 1 : -1)) % shown.length));
  else return false;
  return true;
}

const leave = () => ((room.box ?? scroller).focus(), true);

setTabStop(all[0]);
toolbar.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
  if (move(event)) event.preventDefault();
});
toolbar.addEventListener("focusin", ({ target }) => (setTabStop(target), pushCloser(leave)));
toolbar.addEventListener("focusout", () => popCloser(leave));
toolbar.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-action]");
  if (button) actionChosen.emit({ action: button.dataset.action, message: current(), anchor: button });
});
document.addEventListener("pointerover", ({ target }) => isUsed() || show(messageAround(target)));
document.addEventListener("focusin", ({ target }) => show(messageAround(target)));
// A screen reader on a phone "clicks" at the text.
document.addEventListener("click", ({ target }) => target.closest(".message__body") && show(messageAround(target)));

// The Tab key leads to the newest message, forward from the list and backward from below it.
scroller.addEventListener("focus", () => show(newestIn(list)));
scroller.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.shiftKey || event.target !== scroller || !scroller.contains(toolbar)) return;
  event.preventDefault();
  focus(buttons().find((button) => button.tabIndex === 0));
  current().scrollIntoView({ block: "nearest" });
});
document.querySelector(".composer-area")?.addEventListener("keydown", ({ key, shiftKey }) => key === "Tab" && shiftKey && show(newestIn(list)));
