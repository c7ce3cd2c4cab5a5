// Escape: one stack of closers for the page. The topmost closer that accepts the key runs.
// <details> menus also close on a click elsewhere.

const NATIVE = "dialog[open], :popover-open:not([popover=manual])"; // closed by the browser itself
const OPEN_MENU = "details.menu[open]";
const closers = [];

/** Puts a closer on top of the stack. @param {(event: KeyboardEvent) => boolean} closer returns whether it accepts */
export function pushCloser(closer) {
  popCloser(closer);
  closers.push(closer);
}

/** Removes a closer from the stack. */
export function popCloser(closer) {
  if (closers.includes(closer)) closers.splice(closers.indexOf(closer), 1);
}

/** Whether an input method is composing text and gets the keys. */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

/** Whether a modifier key is held. A click then opens a link elsewhere, such as in a new tab. */
export const isModified = (event) => event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;

/** Whether a click was made with the keyboard rather than a pointer. */
export const isKeyClick = ({ detail }) => detail === 0;

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || isComposing(event)) return;
  if (document.querySelector(NATIVE)) return;
  if (closers.toReversed().some((closer) => closer(event))) event.preventDefault();
});

function closeMenu() {
  const menu = document.querySelector(OPEN_MENU);
  if (!menu) return false;
  menu.open = false;
  menu.querySelector("summary").focus();
  return true;
}

document.addEventListener("toggle", ({ target }) => target.matches?.(OPEN_MENU) && pushCloser(closeMenu), true);
document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll(OPEN_MENU)) if (!menu.contains(target)) menu.open = false;
});
