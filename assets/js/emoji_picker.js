// The emoji picker: opens at a button or a message, searches by name, and offers recent emoji.
import { fetchFragment } from "./api.js";
import { placeNear, selectableList } from "./combobox.js";
import { emojiIn, emojiOf, ranked } from "./emoji_names.js";
import { isComposing, isKeyClick } from "./keys.js";
import { isTouch, room } from "./room.js";

const [MOST_FOUND, MOST_RECENT, LONGEST_ROW] = [72, 18, 60];
const KEY = "emoji:recent";
const FAILED = '<p class="empty-note">Couldn’t load emoji. Close this and try again.</p>';
const picker = document.getElementById("emoji");
const [search, hint] = ["search", "hint"].map((part) => picker.querySelector(`.emoji__${part}`));
const [grid, all, found, recent] = ["list", "all", "found", "recent"].map((part) => document.getElementById(`emoji-${part}`));
const list = selectableList(grid, () => search);
const cellsOf = (section) => section.querySelector(".emoji__grid");
const recentEmoji = () => JSON.parse(localStorage.getItem(KEY) ?? "[]");
let anchor, done, leave;

/**
 * Opens the picker at an element. A button with `popovertarget` opens it without a script.
 * @param {(emoji: string) => void} onPick gets the chosen emoji
 * @param {(byKeyboard?: boolean) => void} giveFocusBack runs when the picker closes
 */
export function pickEmoji(at, onPick, giveFocusBack) {
  [anchor, done, leave] = [at, onPick, giveFocusBack];
  if (!anchor.hasAttribute("popovertarget")) picker.showPopover();
}

/** Closes the picker without a choice. */
export const closePicker = () => picker.hidePopover();

function find() {
  const words = search.value.toLowerCase().replaceAll(":", "").split(/[\s_]+/).filter(Boolean);
  found.hidden = !words.length;
  all.hidden = words.length > 0;
  recent.hidden = words.length > 0 || !cellsOf(recent).firstElementChild;
  if (!words.length) return (hint.textContent = "");
  const best = ranked(all, words).slice(0, MOST_FOUND).map((cell) => cell.cloneNode(true));
  cellsOf(found).replaceChildren(...best);
  list.select(best[0]);
  hint.textContent = best[0]?.title ?? `No emoji match “${search.value.trim()}”.`;
  grid.scrollTop = 0;
}

function refresh() {
  const known = new Map(emojiIn(all).map((cell) => [emojiOf(cell), cell]));
  const cells = recentEmoji().flatMap((emoji) => known.get(emoji)?.cloneNode(true) ?? []);
  cellsOf(recent).replaceChildren(...cells);
  find();
  if (matchMedia("(max-width: 599px)").matches) picker.style.removeProperty("inset");
  else placeNear(picker, anchor);
}

// The next cell in a direction, by position on the screen: the length of rows depends on the width.
function cellAt(from, key) {
  const cells = list.options();
  const at = cells.indexOf(from);
  const forward = getComputedStyle(grid).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (key === "Home") return cells[0];
  if (key === "End") return cells.at(-1);
  if (key === "ArrowLeft" || key === "ArrowRight") return cells[at + (key === forward ? 1 : -1)];
  const near = key === "ArrowDown" ? cells.slice(at + 1) : cells.slice(0, at).reverse();
  const distance = (cell, other, side) => Math.abs(cell.getBoundingClientRect()[side] - other.getBoundingClientRect()[side]);
  const first = near.findIndex((cell) => distance(cell, from, "top") >= 4);
  if (first < 0) return null;
  const row = near.slice(first, first + LONGEST_ROW).filter((cell) => distance(cell, near[first], "top") < 4);
  return row.sort((a, b) => distance(a, from, "left") - distance(b, from, "left"))[0];
}

function onKey(event) {
  const { key, target } = event;
  const cell = target.closest(".emoji__option");
  const isMove = /^Arrow|^Home$|^End$/.test(key);
  if (isComposing(event)) return;
  if (target === search && ["ArrowDown", "Enter"].includes(key)) list.options()[0]?.[key === "Enter" ? "click" : "focus"]();
  else if (target === search) return;
  else if (cell && isMove) (cellAt(cell, key) ?? (key === "ArrowUp" ? search : cell)).focus();
  else if (key.length === 1 && key !== " " && !event.ctrlKey && !event.metaKey) return search.focus();
  else return;
  event.preventDefault();
}

async function onToggle({ newState }) {
  const isOpen = newState === "open";
  anchor?.toggleAttribute("data-open", isOpen);
  if (anchor?.matches("button")) anchor.setAttribute("aria-expanded", isOpen);
  if (isOpen) refresh();
  else if ([document.body, anchor].includes(document.activeElement)) leave?.();
  if (!isOpen || all.firstElementChild) return;
  const text = await fetchFragment(room.element.dataset.emoji);
  await htmx.swap({ sourceElement: all, target: all, swap: "innerHTML", text: text ?? FAILED });
  text === null ? setTimeout(() => all.replaceChildren(), 5000) : refresh();
}

function onClick(event) {
  const cell = event.target.closest(".emoji__option");
  if (!cell) return;
  const emoji = emojiOf(cell);
  const latest = [emoji, ...recentEmoji().filter((other) => other !== emoji)];
  localStorage.setItem(KEY, JSON.stringify(latest.slice(0, MOST_RECENT)));
  picker.hidePopover();
  leave?.(isKeyClick(event));
  done?.(emoji);
}

const showHint = ({ target }) => (hint.textContent = target.closest(".emoji__option")?.title ?? hint.textContent);
const listeners = { toggle: onToggle, keydown: onKey, click: onClick, focusin: showHint, pointerover: showHint };
for (const [kind, listener] of Object.entries(listeners)) picker.addEventListener(kind, listener);
picker.addEventListener("beforetoggle", ({ newState }) => newState === "open" && (search.value = ""));
search.addEventListener("input", find);
// Showing the picker moves the focus before the next key is typed. On touch devices, the keyboard stays closed.
(isTouch ? picker : search).autofocus = true;
