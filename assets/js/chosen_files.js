// Files that the user chooses, pastes or drops into a message.
import { showNoticeAt } from "./attachment_notices.js";
import { filesChosen } from "./events.js";
import { room } from "./room.js";

const DRAG_ENDS = 700; // ms; during a drag, events come at least every 350 ms
let [place, timer, isOwnDrag] = [null, 0, false]; // place: the room or thread shown as the drop target

const choose = (form, files) => files.length && filesChosen.emit({ form, files });

document.addEventListener("change", ({ target }) => {
  if (!target.matches("form.composer input[name=files]")) return;
  choose(target.form, [...target.files]);
  target.value = "";
});

// Word processors add a picture of the copied text to the clipboard. Such a paste inserts the text.
document.addEventListener("paste", (event) => {
  const { types = [], files = [] } = event.clipboardData ?? {};
  const isText = types.includes("text/plain") && types.includes("text/html");
  if (!files.length || isText || !event.target.matches?.("form.composer textarea")) return;
  event.preventDefault();
  choose(event.target.form, [...files]);
});

function placeAround(target) {
  const found = (target.closest ? target : target.parentElement)?.closest("#room, .thread");
  const canPost = found?.querySelector("form.composer") && !room.isRemoved();
  return canPost ? found : null;
}

function labelOf(target) {
  if (target !== room.element) return "your reply";
  return `${room.element.dataset.kind === "direct" ? "" : "#"}${document.getElementById("room-name").textContent}`;
}

// Ends by a timer: "dragleave" also fires when the pointer moves from one element to another.
function show(target) {
  clearTimeout(timer);
  if (target) timer = setTimeout(show, DRAG_ENDS, null);
  if (target === place) return;
  place?.removeAttribute("data-drop");
  place = target;
  place?.setAttribute("data-drop", `Drop files to attach them to ${labelOf(place)}`);
}

// Without this, a file dropped elsewhere would replace the page.
function onDrag(event) {
  if (isOwnDrag || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  const target = placeAround(event.target);
  event.dataTransfer.dropEffect = target ? "copy" : "none";
  show(target);
}

const isFolder = (item) => item.webkitGetAsEntry?.()?.isDirectory;

for (const type of ["dragenter", "dragover"]) document.addEventListener(type, onDrag);
document.addEventListener("drop", (event) => {
  if (isOwnDrag || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  const form = placeAround(event.target)?.querySelector("form.composer");
  const items = [...event.dataTransfer.items].filter(({ kind }) => kind === "file");
  const files = items.filter((item) => !isFolder(item));
  show(null);
  if (!form) return;
  choose(form, files.map((item) => item.getAsFile()).filter(Boolean));
  if (files.length < items.length) showNoticeAt(form, "Folders can’t be attached. Open the folder and choose its files.");
});

// A dragged picture of the page looks like a file.
document.addEventListener("dragstart", () => (isOwnDrag = true));
for (const type of ["dragend", "pointerdown"]) document.addEventListener(type, () => (isOwnDrag = false));
