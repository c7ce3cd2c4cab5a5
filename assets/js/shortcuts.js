// Keyboard shortcuts: formatting in a message box, moving between rooms, and the list of all shortcuts, which is a
// separate page without scripts.
import { fetchPage } from "./api.js";
import { isComposing } from "./keys.js";

const BOXES = ".composer textarea, .edit textarea";
const MARKS = { b: "**", i: "*", e: "`" };
const ROOMS = "#sidebar .sidebar-row > a[href^='/rooms/']";

const announce = (box) => box.dispatchEvent(new Event("input", { bubbles: true }));

/** Puts a mark on both sides of the selection, or removes it. */
export function toggleMark(box, mark) {
  const { value, selectionStart: start, selectionEnd: end } = box;
  const size = mark.length;
  const isMarked = value.slice(start - size, start) === mark && value.slice(end, end + size) === mark;
  const text = value.slice(start, end);
  if (isMarked) box.setRangeText(text, start - size, end + size, "select");
  else {
    box.setRangeText(mark + text + mark, start, end, "end");
    box.setSelectionRange(start + size, end + size);
  }
  announce(box);
  box.focus();
}

/** Turns the selection into a link, and selects the address for typing. */
export function insertLink(box) {
  const { value, selectionStart: start, selectionEnd: end } = box;
  const label = value.slice(start, end) || "text";
  box.setRangeText(`[${label}](https://)`, start, end, "end");
  const address = start + label.length + 3;
  if (start === end) box.setSelectionRange(start + 1, start + 1 + label.length);
  else box.setSelectionRange(address, address + "https://".length);
  announce(box);
  box.focus();
}

/** Puts a mark such as "> " before each selected line. */
export function markLines(box, mark) {
  const { value, selectionStart, selectionEnd } = box;
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const lines = value.slice(start, selectionEnd).split("\n");
  box.setRangeText(lines.map((line) => mark + line).join("\n"), start, selectionEnd, "end");
  announce(box);
  box.focus();
}

function goToRoom(step) {
  const rooms = [...document.querySelectorAll(ROOMS)].filter((link) => link.checkVisibility?.() ?? true);
  const at = rooms.findIndex((link) => link.ariaCurrent);
  const next = at < 0 ? rooms.at(Math.min(step, 0)) : rooms[at + step];
  if (next) location.assign(next.href);
}

// Shows all shortcuts in a dialog.
async function showShortcuts() {
  if (document.querySelector("dialog[open]")) return;
  const page = await fetchPage("/shortcuts");
  const list = page?.getElementById("shortcuts");
  if (!list) return void location.assign("/shortcuts");
  const dialog = Object.assign(document.createElement("dialog"), { className: "confirm shortcuts-dialog", ariaLabel: "Keyboard shortcuts", autofocus: true });
  const head = Object.assign(document.createElement("p"), { className: "shortcuts-dialog__head" });
  const close = Object.assign(document.createElement("button"), { className: "button button--outline", textContent: "Close" });
  head.append(Object.assign(document.createElement("b"), { textContent: "Keyboard shortcuts" }), close);
  dialog.append(head, ...list.childNodes);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function onBoxKey(event, box) {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return false;
  if (MARKS[key]) toggleMark(box, MARKS[key]);
  else if (key === "k" && box.selectionStart < box.selectionEnd) insertLink(box);
  else return false;
  return true;
}

function onPageKey(event) {
  const isArrow = event.key === "ArrowUp" || event.key === "ArrowDown";
  if (isArrow && event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    goToRoom(event.key === "ArrowUp" ? -1 : 1);
    return true;
  }
  if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.target.closest?.("input, textarea, select")) return false;
  showShortcuts();
  return true;
}

// Runs before the switcher, which handles Ctrl-K without a selection.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isComposing(event)) return;
  const box = event.target.closest?.(BOXES);
  if (!(box && onBoxKey(event, box)) && !onPageKey(event)) return;
  event.preventDefault();
  event.stopPropagation();
}, true);
