// Edits a message in place. The form moves along when the message is replaced; the text survives a reload.
import { requestJson } from "./api.js";
import { actionChosen, messagesArrived } from "./events.js";
import { isComposing, isModified, popCloser, pushCloser } from "./keys.js";
import { allowedActions } from "./message_actions.js";
import { fetchOwnChange } from "./reaction_outbox.js";
import { addressOf, copyOf, isTouch, messagesIn, placeControl, room } from "./room.js";
import { showNotice } from "./status.js";
import { drafts, fitHeight, isSubmitKey, measure } from "./text_box.js";

const form = copyOf("edit-form");
const box = form.elements.body;
const [error, saveButton] = ["[role=alert]", ".edit__save"].map((part) => form.querySelector(part));
const EDITED = "This message was edited somewhere else. Your changes are still here.";
const DELETED = "This message was deleted. Your text is still here so you can copy it.";
const draft = `edit:${room.address}`;
const message = () => document.getElementById(form.dataset.message);
const isChanged = () => form.isConnected && box.value !== form.dataset.was;

function showError(text) {
  error.hidden = !text;
  error.querySelector("span").textContent = text;
  box.toggleAttribute("aria-invalid", Boolean(text));
}

const closeOnEscape = ({ target }) => target === box && (close(), true);
// `was` is the text before the edit, `rev` the version that the edit replaces.
function put(target, { rev, was, body }) {
  Object.assign(form.dataset, { message: target.id, rev, was });
  placeControl(form, target);
  box.value = body;
  saveButton.disabled = false;
  showError("");
  fitHeight(box);
  pushCloser(closeOnEscape);
}

async function open(target) {
  if (isChanged()) return box.focus(); // one edit at a time
  const { ok, data, error: reason } = await requestJson("GET", addressOf(target));
  const current = document.getElementById(target.id);
  if (!ok || !current || data.deleted) return void (ok || showNotice(reason));
  put(current, { rev: data.rev, was: data.body, body: data.body });
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
  form.scrollIntoView({ block: "nearest" });
}

function close() {
  form.remove();
  popCloser(closeOnEscape);
  drafts.set(draft, null);
  if (!isTouch) (room.box ?? room.scroller).focus({ preventScroll: true });
}

// Saving again overwrites the edit made elsewhere.
async function onConflict(reason) {
  const { ok, data } = await requestJson("GET", addressOf(message()));
  if (ok && !data.deleted) form.dataset.rev = data.rev;
  showError(!ok || data.deleted ? reason : `${reason} Save again to replace that version.`);
}

// Handles a deletion or an edit elsewhere while the form is open. Typed text stays.
async function followMessage() {
  const target = form.isConnected && message();
  if (!target || form.ariaBusy === "true") return;
  saveButton.disabled = target.matches(".message--deleted");
  if (saveButton.disabled) return isChanged() ? showError(DELETED) : close();
  if (Number(target.dataset.rev) <= Number(form.dataset.rev)) return;
  const { ok, data } = await requestJson("GET", addressOf(target));
  if (!ok || target !== message()) return;
  if (data.body === form.dataset.was) form.dataset.rev = data.rev;
  else if (isChanged()) showError(EDITED);
  else put(target, { rev: data.rev, was: data.body, body: data.body });
}

async function save() {
  const target = message();
  if (!target || form.ariaBusy === "true" || saveButton.disabled) return;
  if (!box.value.trim() && !target.querySelector(".files")) return showError("A message can’t be empty. Delete it instead.");
  const { error: tooLong } = measure(box.value.trim());
  if (tooLong) return showError(tooLong);
  if (!isChanged()) return close();
  form.ariaBusy = "true";
  const values = { body: box.value, rev: Number(form.dataset.rev) };
  const { ok, status, data, error: reason } = await requestJson("PATCH", addressOf(target), values);
  form.ariaBusy = null;
  if (status === 409) return onConflict(reason);
  if (!ok) return showError(status ? reason : "Not saved – can’t reach the server. Your text is still here.");
  target.querySelector(".message__body").innerHTML = data.html; // rendered by the server; the rest arrives over the connection
  close();
  fetchOwnChange();
}

// The up arrow in an empty composer.
function editNewestOwn(event) {
  if (event.key !== "ArrowUp" || isModified(event) || isComposing(event) || room.box.value) return;
  const newest = messagesIn(room.list).findLast((message) => allowedActions(message).has("edit"));
  if (newest) event.preventDefault(), open(newest);
}
form.addEventListener("submit", (event) => (event.preventDefault(), save()));
form.addEventListener("click", ({ target }) => target.closest("[data-action=cancel-edit]") && close());
box.addEventListener("keydown", (event) => {
  if (!isSubmitKey(event) && !(event.key === "Enter" && (event.ctrlKey || event.metaKey))) return;
  event.preventDefault();
  if (!event.repeat) save();
});
box.addEventListener("input", () => {
  const { message: id, rev, was } = form.dataset;
  if (!saveButton.disabled) showError("");
  fitHeight(box);
  drafts.set(draft, isChanged() ? { id, rev, was, body: box.value } : null);
});
room.box?.addEventListener("keydown", editNewestOwn);
actionChosen.on(({ action, message: target }) => action === "edit" && open(target));
messagesArrived.on(followMessage);

const saved = drafts.get(draft);
const target = document.getElementById(saved?.id);
if (target && !target.matches(".message--deleted")) put(target, saved);
