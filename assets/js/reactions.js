// Reactions: chosen in the toolbar or the menu, and toggled by their buttons.
import { closePicker, pickEmoji } from "./emoji_picker.js";
import { actionChosen, messagesArrived } from "./events.js";
import { change, giveFocusBack } from "./message_actions.js";
import { addressOf, room } from "./room.js";

let picking = null; // id of the message for which the user chooses an emoji

function react(message, { anchor, emoji, byKeyboard }) {
  const address = addressOf(message, "/reactions/"); // the message may be replaced while the user chooses
  const add = (chosen) => change("PUT", address + encodeURIComponent(chosen));
  const giveBack = (usedKey) => giveFocusBack(message, anchor, usedKey ?? byKeyboard);
  if (emoji) return void add(emoji);
  picking = message.id;
  pickEmoji(anchor ?? message, add, giveBack);
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

// The users who reacted, as the user would say it: "You, ada and 2 others".
function tipOf({ userIds, userNames }) {
  const at = userIds.split(" ").indexOf(room.userId);
  if (at < 0) return userNames;
  const [, text, more] = userNames.match(/^(.*?)(?: and (\d+) others?)?$/);
  const names = text.split(", ");
  const isNamed = at < names.length;
  if (isNamed) names.splice(at, 1);
  const rest = Number(more ?? 0) - (isNamed ? 0 : 1);
  const all = ["You", ...names, ...(rest > 0 ? [rest === 1 ? "1 other" : `${rest} others`] : [])];
  return all.length > 1 ? `${all.slice(0, -1).join(", ")} and ${all.at(-1)}` : all[0];
}

function showTip({ target }) {
  const button = target.closest?.(".reaction");
  if (button) button.dataset.tip = tipOf(button.dataset);
}

for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, showTip);
for (const target of document.querySelectorAll(".reaction:hover")) showTip({ target });
messagesArrived.on(() => {
  if (picking && document.getElementById(picking)?.matches(".message--deleted")) closePicker();
});
actionChosen.on((choice) => choice.action === "react" && react(choice.message, choice));
