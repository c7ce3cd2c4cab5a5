// Completion in the message boxes: people after "@", rooms after "#" and emoji after ":".
import { placeNear, searchWhileTyping, selectableList } from "./combobox.js";
import { completions } from "./completions.js";
import { messageQueued, removedFromRoom } from "./events.js";
import { isComposing, popCloser, pushCloser } from "./keys.js";
import { announceInput } from "./text_box.js";

const BOXES = ":is(#composer, .edit, .thread__composer) textarea";
const popup = document.getElementById("mention-options");
let box = null;
const list = selectableList(popup, () => box);
const isOpen = () => popup.matches(":popover-open");

// Completion at the caret, or null: its kind, and the text typed after the character that starts it.
function typed() {
  if (box.selectionStart !== box.selectionEnd) return null;
  const before = box.value.slice(Math.max(0, box.selectionStart - 40), box.selectionStart);
  for (const kind of completions) {
    const start = before.match(kind.pattern)?.[1];
    if (start !== undefined) return { kind, start };
  }
  return null;
}

const typing = searchWhileTyping(100, async (isCurrent) => {
  const wanted = typed();
  const options = wanted ? await wanted.kind.find(wanted.start) : [];
  if (!isCurrent() || typed()?.start !== wanted?.start) return;
  if (!options.length) return void close();
  popup.replaceChildren(...options);
  popup.ariaLabel = wanted.kind.label;
  open();
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
  const { kind, start: text } = typed();
  const start = end - text.length - kind.replaced;
  const space = /^\s/.test(box.value.slice(end)) ? "" : " ";
  close();
  box.setRangeText(option.dataset.name + space, start, end, "end");
  if (!space) box.setSelectionRange(box.selectionEnd + 1, box.selectionEnd + 1);
  announceInput(box);
}

// Runs before the listeners of the box, for which Enter submits.
function onKey(event) {
  if (!isOpen() || event.target !== box || isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  const inserts = (event.key === "Enter" || event.key === "Tab") && !event.shiftKey && typed() !== null;
  if (inserts) insert(list.selected());
  else if (!list.move(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches(BOXES)) return;
  box = target;
  if (typed() === null) close();
  else typing.searchSoon();
});

document.addEventListener("keydown", onKey, true);
popup.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
popup.addEventListener("click", ({ target }) => {
  const option = target.closest("[role=option]");
  if (option && typed() !== null) insert(option);
});
document.addEventListener("selectionchange", () => {
  if (isOpen() && (document.activeElement !== box || typed() === null)) close();
});
addEventListener("resize", () => isOpen() && place());
document.addEventListener("focusout", ({ target }) => target === box && close());
for (const event of [messageQueued, removedFromRoom]) event.on(close);
