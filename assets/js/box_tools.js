// Emoji and formatting buttons of the message boxes: the same in the room, in a thread and in the editor.
import { placeNear } from "./combobox.js";
import { pickEmoji } from "./emoji_picker.js";
import { insertLink, markLines, toggleMark } from "./shortcuts.js";
import { announceInput } from "./text_box.js";

const FORMATS = [
  ["Bold", "Ctrl B", (box) => toggleMark(box, "**")],
  ["Italic", "Ctrl I", (box) => toggleMark(box, "*")],
  ["Strikethrough", "", (box) => toggleMark(box, "~~")],
  ["Code", "Ctrl E", (box) => toggleMark(box, "`")],
  ["Link", "Ctrl K", insertLink],
  ["Quote", "", (box) => markLines(box, "> ")],
  ["List", "", (box) => markLines(box, "- ")],
];
const make = (tag, values) => Object.assign(document.createElement(tag), values);
let [menu, target] = [null, null];

function makeMenu() {
  menu = make("div", { id: "format-menu", className: "message-menu format-menu", popover: "auto", role: "menu", ariaLabel: "Formatting" });
  for (const [label, key, apply] of FORMATS) {
    const item = make("button", { type: "button", className: "message-menu__item", role: "menuitem", textContent: label });
    if (key) item.append(make("kbd", { textContent: key, ariaHidden: "true" }));
    item.addEventListener("click", () => (menu.hidePopover(), apply(target)));
    menu.append(item);
  }
  menu.addEventListener("keydown", ({ key }) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    const items = [...menu.children];
    if (step) items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
  });
  document.querySelector("main").append(menu);
}

function showFormats(button, box) {
  if (!menu) makeMenu();
  target = box;
  menu.showPopover();
  placeNear(menu, button, { above: true });
  menu.firstElementChild.focus({ preventScroll: true });
}

function insertAtCaret(box, text) {
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  announceInput(box);
  box.focus();
}

/** Adds the buttons to a form, before one of its elements. Does nothing if they are there. */
export function addTools(form, before) {
  if (!form.querySelector("[data-action=format]")) before.before(document.getElementById("box-tools").content.cloneNode(true));
}

document.addEventListener("click", ({ target: clicked }) => {
  const button = clicked.closest?.("[data-action=format], [data-action=insert-emoji]");
  const box = button?.form?.elements.body;
  if (!box) return;
  if (button.dataset.action === "format") showFormats(button, box);
  else pickEmoji(button, (text) => insertAtCaret(box, text), () => box.focus());
});
// A tap on a button keeps the on-screen keyboard open.
document.addEventListener("pointerdown", (event) => event.target.closest?.(".composer__tool") && event.preventDefault());
