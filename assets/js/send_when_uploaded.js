// A message whose files are still uploading is sent automatically when they are complete, unless the user changes the
// text, removes a file or cancels. A failed upload stops it.
import { attachmentRows } from "./attached.js";
import { isolated, showNoticeAt } from "./attachment_notices.js";
import { placeList, resumeUploads } from "./attachments.js";
import { threadChanged, uploadChanged } from "./events.js";
import { popCloser, pushCloser } from "./keys.js";
import { announceStatus } from "./status.js";

const SENDING = "Sending when uploads finish…";
const CHANGED = "Not sent, because you changed the message. Send it when you’re ready.";
const waits = (form) => "waits" in form.dataset;
const inState = (form, ...states) => attachmentRows(form).filter(({ dataset }) => states.includes(dataset.state));
const openRows = (form) => inState(form, "waiting", "uploading", "paused");
const waitingForms = () => [...document.querySelectorAll("form.composer[data-waits]")];

function showNote(form, text, button) {
  const note = placeList(form).querySelector(".attachments__note");
  note.hidden = !text;
  note.replaceChildren(text, ...(button ? [" ", button] : []));
}

function makeCancel(form) {
  const cancel = Object.assign(document.createElement("button"), { type: "button", className: "button button--link", textContent: "Cancel" });
  cancel.addEventListener("click", () => (stopWaiting(form), form.elements.body.focus()));
  return cancel;
}

function stopWaiting(form, note = "") {
  delete form.dataset.waits;
  showNote(form, note);
  if (!waitingForms().length) popCloser(cancelOnEscape);
}

function cancelOnEscape({ target }) {
  const form = waitingForms().find((one) => one.contains(target) || placeList(one).contains(target));
  if (form) stopWaiting(form);
  return Boolean(form);
}

function wait(form) {
  form.dataset.waits = "";
  showNote(form, SENDING, makeCancel(form));
  announceStatus(SENDING);
  resumeUploads(form);
  pushCloser(cancelOnEscape);
}

function showFailed(form, [row]) {
  showNoticeAt(form, ["Not sent: ", isolated(row.dataset.name), " couldn’t be uploaded. Retry or remove it, then send again."]);
}

// Runs before all other submit listeners.
function onSubmit(event) {
  const form = event.target;
  if (!form.matches("form.composer")) return;
  const failed = inState(form, "failed");
  if (failed.length) {
    stopWaiting(form);
    showFailed(form, failed);
  } else if (openRows(form).length) {
    if (!waits(form)) wait(form);
  } else {
    return showNote(form, "");
  }
  event.preventDefault();
  event.stopImmediatePropagation();
}

uploadChanged.on(({ form, isRemoved }) => {
  if (!waits(form)) return isRemoved && !attachmentRows(form).length && showNote(form, "");
  const failed = inState(form, "failed");
  if (isRemoved || failed.length || !form.isConnected) stopWaiting(form);
  if (failed.length) showFailed(form, failed);
  if (!waits(form) || openRows(form).length) return;
  form.requestSubmit(); // "waits" tells the composer to leave the focus where it is
  stopWaiting(form);
});
// A reopened thread keeps its list of files, but has a new form.
threadChanged.on(() => document.querySelectorAll("form.composer:not([data-waits])").forEach((form) => showNote(form, "")));
addEventListener("submit", onSubmit, true);
document.addEventListener("input", ({ target }) => {
  if (target.form?.matches("form.composer[data-waits]") && target.name === "body") stopWaiting(target.form, CHANGED);
});
