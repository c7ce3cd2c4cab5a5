// Actions on a message: which of them the user may take, and what they do. The toolbar, the menu and a long press
// choose one.
import { requestJson } from "./api.js";
import { pickEmoji } from "./emoji_picker.js";
import { actionChosen, changeSaved, savedChanged } from "./events.js";
import { markUnread } from "./read_marker.js";
import { addressOf, excerptOf, idOf, isOwn, room } from "./room.js";
import { showNotice, showToast } from "./status.js";

const dialog = document.getElementById("delete-dialog");

/** The names of the actions that the user may take on a message. */
export function allowedActions(message) {
  const isDeleted = message.matches(".message--deleted");
  const isInList = message.closest("#messages") !== null;
  const canPost = room.may("post") && !room.isRemoved();
  const canAnswer = canPost && !isDeleted;
  const all = {
    react: canAnswer,
    reply: canAnswer && isInList && room.composer !== null,
    thread: isInList && (canAnswer || message.querySelector(".message__thread") !== null),
    edit: canAnswer && isOwn(message),
    menu: true,
    "copy-text": !isDeleted,
    "copy-link": true,
    save: !isDeleted,
    pin: !isDeleted && room.may("pin"),
    unread: isInList && room.isLive,
    edits: message.querySelector(".message__edited") !== null,
    delete: !isDeleted && (isOwn(message) || room.may("moderate")),
  };
  return new Set(Object.keys(all).filter((action) => all[action]));
}

/** Gets the user's own change onto the page where no connection brings it. */
export const fetchOwnChange = () => (room.isLive ? changeSaved.emit() : location.reload());

async function change(method, address, body) {
  const { ok, error } = await requestJson(method, address, body);
  ok ? fetchOwnChange() : showNotice(error);
}

// Addresses without HTTPS have no clipboard but that of a selection.
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

async function copy(text, confirmation) {
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
  dialog.dataset.message = addressOf(message);
  dialog.showModal();
}

function react(message, { anchor, emoji }) {
  const address = addressOf(message, "/reactions/"); // the message may be replaced while the user chooses
  const add = (chosen) => change("PUT", address + encodeURIComponent(chosen));
  emoji ? add(emoji) : pickEmoji(anchor ?? message, add);
}

// The button names its users up to a number: beyond it, only the server knows whether the user is one of them.
function toggleReaction(message, button) {
  const address = addressOf(message, `/reactions/${encodeURIComponent(button.value)}`);
  const users = button.dataset.userIds.split(" ");
  if (users.includes(room.userId)) return change("DELETE", address);
  if (Number(button.querySelector(".reaction__count").textContent) <= users.length) return change("PUT", address);
  return change("POST", addressOf(message, "/reactions"), { emoji: button.value });
}

document.addEventListener("submit", async (event) => {
  const button = event.submitter?.closest(".reaction");
  const message = button?.closest(".message");
  if (!message) return;
  event.preventDefault();
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  await toggleReaction(message, button);
  button.ariaBusy = null;
});

dialog.addEventListener("close", () => dialog.returnValue === "delete" && change("DELETE", dialog.dataset.message));
dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());

const actions = {
  react,
  "copy-text": (message) => copy(message.querySelector(".message__body").innerText, "Copied"),
  "copy-link": (message) => copy(message.querySelector(".message__time").href, "Link copied"),
  save: (message, { on }) => toggleSaved(message, on),
  pin: (message, { on }) => change(on ? "DELETE" : "PUT", addressOf(message, "/pin")),
  unread: markUnread,
  delete: confirmDeletion,
};
actionChosen.on((choice) => actions[choice.action]?.(choice.message, choice));
