// Files attached to messages that are being written: the lists above the message boxes.
import { makeAttachment } from "./attachment.js";
import { attachmentRows, fileOf } from "./attached.js";
import { fitting, warnAboutMetadata } from "./attachment_limits.js";
import { filesChosen, filesReturned, messageQueued, threadChanged, uploadChanged } from "./events.js";
import { freeSpace, showNoSpace } from "./free_space.js";
import { isTouch, room } from "./room.js";
import { announceStatus } from "./status.js";
import { drafts } from "./text_box.js";

const lists = new Map(); // by form address; uploads for a thread continue while it is closed
const uploads = new Map(); // by row
const addressOf = (form) => form.getAttribute("action");
const formOf = (row) => row.closest(".attachments").nextElementSibling;
function makeList() {
  const list = Object.assign(document.createElement("div"), { className: "attachments", hidden: true });
  const rows = Object.assign(document.createElement("ul"), { className: "attachments__list", role: "list", ariaLabel: "Attached files" });
  list.append(rows, Object.assign(document.createElement("p"), { className: "attachments__note", hidden: true }));
  return list;
}

/** Puts a form's list above it, with the files that were attached before a reload. */
export function placeList(form) {
  const known = lists.get(addressOf(form));
  const list = known ?? makeList();
  if (list.nextElementSibling !== form) form.before(list);
  lists.set(addressOf(form), list);
  if (!known) for (const file of drafts.get(`files:${addressOf(form)}`) ?? []) add(form, file);
  return list;
}

// Files that are on the server survive a reload.
function save(form) {
  const stored = attachmentRows(form).filter(({ dataset }) => dataset.state === "complete");
  drafts.set(`files:${addressOf(form)}`, stored.length ? stored.map(fileOf) : null);
}

function add(form, file) {
  const list = placeList(form);
  const onChange = (upload) => uploads.has(row) && onUploadChange(row, upload);
  const { row, upload } = makeAttachment(file, { onChange, onRemove: () => removeByUser(row) });
  uploads.set(row, upload);
  list.firstElementChild.append(row);
  list.hidden = false;
  save(form);
  return row;
}

function onUploadChange(row, upload) {
  save(formOf(row));
  if (upload?.state === "complete") announceStatus(`${upload.file.name} uploaded`);
  if (upload?.keepsMetadata) warnAboutMetadata(formOf(row), upload.file);
  if (upload?.state === "failed") announceStatus(`${upload.file.name}: ${upload.error}`);
  if (upload) uploadChanged.emit({ form: formOf(row) });
}

function remove(row) {
  const form = formOf(row);
  uploads.delete(row);
  row.remove();
  placeList(form).hidden = !attachmentRows(form).length;
  save(form);
}

function removeUnsent(row) {
  const [form, upload] = [formOf(row), uploads.get(row)];
  remove(row);
  upload.remove();
  uploadChanged.emit({ form, isRemoved: true });
}

function removeByUser(row) {
  const [form, next] = [formOf(row), row.nextElementSibling ?? row.previousElementSibling];
  removeUnsent(row);
  (next?.querySelector("[data-kind=remove]") ?? form.elements.body).focus();
}

/** Removes posted files from the list: all of them, or only `files`. */
export function removePosted(form, files) {
  for (const row of attachmentRows(form)) if (!files || files.some(({ id }) => id === row.dataset.upload)) remove(row);
}

/** Resumes the paused uploads of a form's message. */
export function resumeUploads(form) {
  for (const row of attachmentRows(form)) if (row.dataset.state === "paused") uploads.get(row).start();
}

// Starts the uploads that fit into the user's space, and removes the others. A recording stays, because it exists only
// here.
async function startFitting(form, rows) {
  const added = rows.map((row) => uploads.get(row));
  const isUnknown = (upload) => upload.isOpen && !upload.address && !added.includes(upload); // to the server
  const others = [...uploads.values()].filter(isUnknown).reduce((sum, { file }) => sum + file.size, 0);
  let left = Math.max(0, (await freeSpace()) - others);
  for (const row of rows) {
    const upload = uploads.get(row);
    if (upload?.state !== "waiting") continue;
    if (upload.file.size <= left) {
      left -= upload.file.size;
      upload.start();
      continue;
    }
    showNoSpace(form, upload.file, left);
    if (upload.file.voice) upload.set({ state: "failed", error: "Not enough space." });
    else removeUnsent(row);
  }
}

filesChosen.on(({ form, files }) => {
  const rows = fitting(form, files, attachmentRows(form).length).map((file) => add(form, file));
  startFitting(form, rows);
  if (rows.length) announceStatus(rows.length === 1 ? `Uploading ${rows[0].dataset.name}` : `Uploading ${rows.length} files`);
  if (!isTouch) form.elements.body.focus();
});
filesReturned.on((files) => files.forEach((file) => add(room.composer, file)));
messageQueued.on(() => removePosted(room.composer));
const placeAll = () => document.querySelectorAll("form.composer").forEach(placeList);
threadChanged.on(placeAll);
placeAll();
addEventListener("beforeunload", (event) => [...uploads.values()].some(({ isOpen }) => isOpen) && event.preventDefault());
