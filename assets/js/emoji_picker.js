// The emoji picker: opens at a button or a message, searches by name, and offers those used recently. Arrow keys move
// in the grid.
import { fetchFragment } from "./api.js";
import { placeNear, selectableList } from "./combobox.js";
import { isTouch } from "./room.js";
import { announceInput } from "./text_box.js";

const MOST_FOUND = 72;
const MOST_RECENT = 18;
const KEY = "emoji:recent";
const FAILED = '<p class="none">Couldn’t load emoji. Close this and try again.</p>';
const picker = document.getElementById("emoji");
const search = picker.querySelector(".emoji__search");
const hint = picker.querySelector(".emoji__hint");
const [grid, all, found, recent] = ["list", "all", "found", "recent"].map((part) => document.getElementById(`emoji-${part}`));
const list = selectableList(grid, () => search);
const cellsOf = (section) => section.querySelector(".emoji__grid");
const emojiIn = (root) => [...root.querySelectorAll(".emoji__one")];
const narrow = matchMedia("(max-width: 599px)");
let anchor = null;
let done = null;

/** Opens the picker at an element; `onPick` gets the chosen emoji. */
export function pickEmoji(at, onPick) {
  [anchor, done] = [at, onPick];
  if (!anchor.hasAttribute("popovertarget")) picker.showPopover();
}

function recentEmoji() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function remember(emoji) {
  const latest = [emoji, ...recentEmoji().filter((other) => other !== emoji)].slice(0, MOST_RECENT);
  try {
    localStorage.setItem(KEY, JSON.stringify(latest));
  } catch {} // without storage there are none
}

function showRecent() {
  const known = new Map(emojiIn(all).map((cell) => [cell.textContent, cell]));
  const latest = recentEmoji().filter((emoji) => known.has(emoji));
  cellsOf(recent).replaceChildren(...latest.map((emoji) => known.get(emoji).cloneNode(true)));
}

// A name that matches comes before one that starts with the text, and that before one that contains it.
function rank(cell, words) {
  const names = cell.title.replaceAll(":", "").split(" ");
  if (!words.every((word) => names.some((name) => name.includes(word)))) return -1;
  if (names.includes(words.join("_"))) return 0;
  return names.some((name) => name.startsWith(words[0])) ? 1 : 2;
}

function find() {
  const words = search.value.toLowerCase().replaceAll(":", "").split(/[\s_]+/).filter(Boolean);
  found.hidden = !words.length;
  all.hidden = words.length > 0;
  recent.hidden = words.length > 0 || !cellsOf(recent).firstElementChild;
  if (!words.length) return (hint.textContent = "");
  const ranked = emojiIn(all).map((cell) => ({ cell, rank: rank(cell, words) })).filter((each) => each.rank >= 0);
  const best = ranked.sort((a, b) => a.rank - b.rank).slice(0, MOST_FOUND).map(({ cell }) => cell.cloneNode(true));
  cellsOf(found).replaceChildren(...best);
  list.select(best[0]);
  hint.textContent = best[0]?.title ?? `No emoji match “${search.value.trim()}”.`;
  grid.scrollTop = 0;
}

// The next cell in a direction, as the cells lie on the screen: rows are as long as there is room.
function cellAt(from, key) {
  const cells = list.options();
  const at = cells.indexOf(from);
  const forward = getComputedStyle(grid).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (key === "Home") return cells[0];
  if (key === "End") return cells.at(-1);
  if (key === "ArrowLeft" || key === "ArrowRight") return cells[at + (key === forward ? 1 : -1)];
  const here = from.getBoundingClientRect();
  const step = key === "ArrowDown" ? 1 : -1;
  let best = null;
  for (let next = at + step; cells[next]; next += step) {
    const { top, left } = cells[next].getBoundingClientRect();
    if (Math.abs(top - here.top) < 4) continue;
    if (best && Math.abs(top - best.top) > 4) break;
    const distance = Math.abs(left - here.left);
    if (!best || distance < best.distance) best = { top, distance, cell: cells[next] };
  }
  return best?.cell;
}

function onKey(event) {
  const { key, target } = event;
  const cell = target.closest(".emoji__one");
  const isMove = key.startsWith("Arrow") || key === "Home" || key === "End";
  if (target === search) {
    if (key === "ArrowDown") list.options()[0]?.focus();
    else if (key === "Enter" && !event.isComposing) list.options()[0]?.click();
    else return;
  } else if (cell && isMove) (cellAt(cell, key) ?? (key === "ArrowUp" ? search : cell)).focus();
  else if (key.length === 1 && key !== " " && !event.ctrlKey && !event.metaKey) return search.focus();
  else return;
  event.preventDefault();
}

function place() {
  if (narrow.matches) picker.style.removeProperty("inset");
  else placeNear(picker, anchor);
}

function refresh() {
  showRecent();
  find();
  place();
}

async function onToggle({ newState }) {
  const isOpen = newState === "open";
  anchor?.toggleAttribute("data-open", isOpen);
  if (anchor?.matches("button")) anchor.setAttribute("aria-expanded", isOpen);
  if (!isOpen) return;
  refresh();
  if (all.firstElementChild) return;
  const text = await fetchFragment(picker.dataset.from);
  await htmx.swap({ sourceElement: all, target: all, swap: "innerHTML", text: text ?? FAILED });
  if (text !== null) refresh();
  else setTimeout(() => all.replaceChildren(), 5000);
}

// Showing the picker moves the focus at once, before the next key is typed; a keyboard on the screen stays closed.
(isTouch ? picker : search).autofocus = true;
picker.addEventListener("beforetoggle", ({ newState }) => newState === "open" && (search.value = ""));
picker.addEventListener("toggle", onToggle);
picker.addEventListener("keydown", onKey);
picker.addEventListener("click", ({ target }) => {
  const emoji = target.closest(".emoji__one")?.textContent;
  if (!emoji) return;
  remember(emoji);
  picker.hidePopover();
  if (anchor?.isConnected && anchor.matches("button")) anchor.focus({ preventScroll: true });
  done?.(emoji);
});
for (const kind of ["focusin", "pointerover"]) {
  picker.addEventListener(kind, ({ target }) => (hint.textContent = target.closest(".emoji__one")?.title ?? hint.textContent));
}
search.addEventListener("input", find);

// In the composer, an emoji goes to the caret.
const button = document.getElementById("composer-emoji");
if (button) document.querySelector("#composer .composer__send").before(button.content.cloneNode(true));
document.addEventListener("click", ({ target }) => {
  const inserter = target.closest?.("[data-do=insert-emoji]");
  if (!inserter) return;
  const box = inserter.form.elements.body;
  pickEmoji(inserter, (emoji) => {
    box.setRangeText(emoji, box.selectionStart, box.selectionEnd, "end");
    announceInput(box);
    box.focus();
  });
});
