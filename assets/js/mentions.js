// Names that are offered while the user types "@ad" in a box to write in.
import { fetchFragment } from "./api.js";
import { placeNear, searchWhileTyping, selectableList } from "./combobox.js";
import { messageQueued, removedFromRoom } from "./events.js";
import { isComposing, popCloser, pushCloser } from "./keys.js";
import { room } from "./room.js";
import { announceInput } from "./text_box.js";

const BOXES = ":is(#composer, .edit, .thread__composer) textarea";
const UNSPACED = ["Han", "Hira", "Kana", "Hang", "Thai", "Laoo", "Khmr", "Mymr"].map((script) => `\\p{scx=${script}}`).join("");
const NAME = new RegExp(`(?:^|[^\\p{L}\\p{N}\\p{M}@＠]|[${UNSPACED}])[@＠]([\\p{L}\\p{N}\\p{M}_.-]{0,32})$`, "u"); // the server knows better
const popup = document.getElementById("mention-options");
let box = null;
const list = selectableList(popup, () => box);
const isOpen = () => popup.matches(":popover-open");

// The start of a name right before the caret, or null.
function typedName() {
  if (box.selectionStart !== box.selectionEnd) return null;
  return box.value.slice(0, box.selectionStart).match(NAME)?.[1] ?? null;
}

const typing = searchWhileTyping(100, async (isCurrent) => {
  const start = typedName();
  const text = start === null ? "" : await fetchFragment(`${room.address}/names?q=${encodeURIComponent(start)}`);
  if (!isCurrent() || typedName() !== start) return;
  if (!text?.trim()) return void close();
  await htmx.swap({ sourceElement: popup, target: popup, swap: "innerHTML", text });
  popup.append(...popup.querySelectorAll(`#name-${room.userId}`)); // users mention themselves least often
  if (isCurrent() && list.options().length) open();
});

const place = () => placeNear(popup, box, { above: true, start: true });

function open() {
  Object.assign(box, { role: "combobox", ariaAutoComplete: "list", ariaHasPopup: "listbox", ariaExpanded: "true" });
  box.setAttribute("aria-controls", popup.id);
  if (!isOpen()) popup.showPopover();
  pushCloser(close);
  place();
  list.select(list.options()[0]);
}

function close() {
  typing.cancel();
  popCloser(close);
  if (!isOpen()) return false;
  popup.hidePopover();
  box.ariaExpanded = "false";
  box.removeAttribute("aria-activedescendant");
  return true;
}

function insert(option) {
  const end = box.selectionStart;
  const start = end - typedName().length;
  const space = /^\s/.test(box.value.slice(end)) ? "" : " ";
  close();
  box.setRangeText(option.dataset.name + space, start, end, "end");
  if (!space) box.setSelectionRange(box.selectionEnd + 1, box.selectionEnd + 1);
  announceInput(box);
}

// Runs before the listeners of the box, where Enter submits.
function onKey(event) {
  if (!isOpen() || event.target !== box || isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  const inserts = (event.key === "Enter" || event.key === "Tab") && !event.shiftKey && typedName() !== null;
  if (inserts) insert(list.selected());
  else if (!list.move(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches(BOXES)) return;
  box = target;
  if (typedName() === null) close();
  else typing.searchSoon();
});

document.addEventListener("keydown", onKey, true);
popup.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
popup.addEventListener("click", ({ target }) => {
  const option = target.closest("[role=option]");
  if (option && typedName() !== null) insert(option);
});
document.addEventListener("selectionchange", () => {
  if (isOpen() && (document.activeElement !== box || typedName() === null)) close();
});
addEventListener("resize", () => isOpen() && place());
document.addEventListener("focusout", ({ target }) => target === box && close());
for (const event of [messageQueued, removedFromRoom]) event.on(close);
