// The toolbar of messages (WAI-ARIA toolbar): one element, placed at the message that has the pointer or the focus.
// Arrow left and right move in it, up and down to other messages, Escape to the composer.
import { actionChosen, messagesArrived, removedFromRoom } from "./events.js";
import { isKeyClick, popCloser, pushCloser } from "./keys.js";
import { allowedActions } from "./message_actions.js";
import { addressOf, copyOf, idOf, messageAround, messagesIn, newestIn, placeControl, room } from "./room.js";

const { list, scroller } = room;
const toolbar = copyOf("message-actions");
const all = [...toolbar.querySelectorAll("[data-action]")];
const buttons = () => all.filter((button) => !button.hidden);
const current = () => toolbar.closest(".message");
const hasFocus = () => toolbar.contains(document.activeElement);
const isOpen = () => toolbar.querySelector("[aria-expanded=true]") !== null;
const hovered = () => document.querySelector(":is(#messages, #thread-panel) .message:hover");
let pointer = {}; // last position of the pointer
const setTabStop = (button) => all.forEach((other) => (other.tabIndex = other === button ? 0 : -1));

// Offers the actions that the message allows now.
function update() {
  const message = current();
  if (!message) return;
  const [allowed, focused] = [allowedActions(message), document.activeElement];
  for (const button of all) button.hidden = !allowed.has(button.dataset.action);
  const thread = toolbar.querySelector("[data-action=thread]");
  thread.href = addressOf(message, "/thread");
  thread.dataset.thread = idOf(message);
  if (!buttons().some((button) => button.tabIndex === 0)) setTabStop(buttons()[0]);
  if (all.includes(focused) && focused.hidden) focus(buttons()[0]);
}

function show(message) {
  if (!message || message === current()) return;
  placeControl(toolbar, message);
  update();
}

// The toolbar follows the pointer, except while its menu is open. If the keyboard has it, a message that moves under a
// resting pointer does not take it.
function followPointer({ target, clientX, clientY }) {
  const message = messageAround(target);
  if (!message || message === current() || isOpen()) return;
  if (hasFocus()) {
    if (clientX === pointer.x && clientY === pointer.y) return;
    current().querySelector(".message__time").focus({ preventScroll: true });
  }
  show(message);
}

const focus = (button) => (setTabStop(button), button.focus({ preventScroll: true }));

function goTo(message) {
  if (!message) return;
  const before = document.activeElement;
  show(message);
  focus(before.hidden ? buttons()[0] : before);
  message.scrollIntoView({ block: "nearest" });
}

// Returns whether the toolbar handled the key.
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
toolbar.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button) actionChosen.emit({ action: button.dataset.action, message: current(), anchor: button, byKeyboard: isKeyClick(event) });
});
toolbar.addEventListener("mousedown", (event) => event.preventDefault()); // a click does not move the focus
new MutationObserver(() => isOpen() || hasFocus() || show(hovered())).observe(toolbar, { subtree: true, attributeFilter: ["aria-expanded"] });
document.addEventListener("pointerover", followPointer);
document.addEventListener("pointermove", ({ clientX, clientY }) => (pointer = { x: clientX, y: clientY }), { passive: true });
for (const event of [messagesArrived, removedFromRoom]) event.on(update);
document.addEventListener("focusin", ({ target }) => show(messageAround(target)));
// Screen readers on phones send a click to the text.
document.addEventListener("click", ({ target }) => target.closest(".message__body") && show(messageAround(target)));

show(hovered()); // the pointer may already be on a message

// Tab moves to the newest message, forward from the list and backward from below it.
scroller.addEventListener("focus", () => show(newestIn(list)));
scroller.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.shiftKey || event.target !== scroller || !scroller.contains(toolbar)) return;
  event.preventDefault();
  focus(buttons().find((button) => button.tabIndex === 0));
  current().scrollIntoView({ block: "nearest" });
});
const area = document.querySelector(".composer-area");
area?.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || !event.shiftKey) return;
  show(newestIn(list));
  const first = [...area.querySelectorAll("button, a, textarea")].find((each) => each.checkVisibility());
  if (event.target !== first || !list.contains(toolbar)) return;
  event.preventDefault();
  focus(buttons().find((button) => button.tabIndex === 0));
});
