// Actions on a message: which ones are allowed, and what they do. The toolbar, the menu and a long press choose one.
import { requestJson } from "./api.js";
import { actionChosen, messagesArrived, savedChanged } from "./events.js";
import { fetchOwnChange } from "./reaction_outbox.js";
import { markUnread } from "./read_marker.js";
import { addressOf, excerptOf, idOf, isOwn, isTouch, room, shownText } from "./room.js";
import { showNotice, showToast } from "./status.js";

const dialog = document.getElementById("delete-dialog");

/** Whether a message could still be edited when the server rendered the page. */
function isEditable(message) {
  const since = Number(room.element.dataset.editableSince ?? 0);
  return !(Date.parse(message.querySelector(".message__time time").dateTime) < since);
}

/** Names of the actions that the user may take on a message. */
export function allowedActions(message) {
  const isDeleted = message.matches(".message--deleted");
  const isInList = message.closest("#messages") !== null;
  const canPost = room.may("post") && !room.isRemoved();
  const canAnswer = canPost && !isDeleted;
  const all = {
    react: !isDeleted && room.may("react") && !room.isRemoved(),
    reply: canAnswer && isInList && room.composer !== null,
    thread: isInList && (canAnswer || message.querySelector(".message__thread") !== null),
    edit: canAnswer && isOwn(message) && isEditable(message),
    describe: canAnswer && isOwn(message) && message.querySelector(".picture") !== null,
    menu: true,
    "copy-text": !isDeleted && shownText(message.querySelector(".message__body")) !== "",
    "copy-link": true,
    save: !isDeleted,
    pin: !isDeleted && room.may("pin"),
    unread: isInList && room.isLive,
    edits: message.querySelector(".message__edited") !== null,
    report: !isDeleted && !isOwn(message),
    delete: !isDeleted && (isOwn(message) || room.may("moderate")),
  };
  return new Set(Object.keys(all).filter((action) => all[action]));
}

/**
 * Restores the focus after an action: to its button if a key was used, otherwise to the message box. On touch devices,
 * the on-screen keyboard stays closed.
 */
export function giveFocusBack(message, button, byKeyboard) {
  if (byKeyboard && button?.isConnected && !button.hidden) return button.focus({ preventScroll: true });
  if (isTouch) return;
  const box = message.closest("#thread-panel") ? room.side.querySelector("#thread-reply") : room.box;
  (box ?? room.scroller).focus({ preventScroll: true });
}

/** Sends a change over HTTP, and shows a notice if it fails. */
export async function change(method, address, body) {
  const { ok, error } = await requestJson(method, address, body);
  ok ? fetchOwnChange() : showNotice(error);
}

// Copies by selecting: without HTTPS, pages have no clipboard API.
function copySelected(text) {
  const box = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
  const focused = document.activeElement;
  document.body.append(box);
  box.select();
  const isCopied = document.execCommand("copy");
  box.remove();
  focused?.focus({ preventScroll: true });
  return isCopied;
}

/** Copies a text and confirms it, or shows the text if the browser refuses. */
export async function copy(text, confirmation) {
  const isCopied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  if (isCopied || copySelected(text)) showToast(confirmation);
  else showNotice(`Couldn’t copy automatically. Copy it from here: ${text}`);
}

async function toggleSaved(message, isSaved) {
  const { ok, error } = await requestJson(isSaved ? "DELETE" : "PUT", addressOf(message, "/saved"));
  if (!ok) return showNotice(error);
  savedChanged.emit({ id: idOf(message), saved: !isSaved });
  showToast(isSaved ? "Removed from saved" : "Saved");
}

function confirmDeletion(message) {
  document.getElementById("delete-text").textContent = excerptOf(message);
  dialog.returnValue = "";
  Object.assign(dialog.dataset, { message: addressOf(message), id: message.id });
  dialog.showModal();
}

messagesArrived.on(() => {
  if (document.getElementById(dialog.dataset.id)?.matches(".message--deleted")) dialog.close();
});
dialog.addEventListener("close", () => dialog.returnValue === "delete" && change("DELETE", dialog.dataset.message));
dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());

const actions = {
  "copy-text": (message) => copy(shownText(message.querySelector(".message__body")), "Copied"),
  "copy-link": (message) => copy(message.querySelector(".message__time").href, "Link copied"),
  save: (message, { on }) => toggleSaved(message, on),
  pin: (message, { on }) => change(on ? "DELETE" : "PUT", addressOf(message, "/pin")),
  unread: markUnread,
  delete: confirmDeletion,
};
actionChosen.on((choice) => actions[choice.action]?.(choice.message, choice));
