// Reactions that are chosen in the toolbar or the menu, and the names of the users who reacted.
import { closePicker, pickEmoji } from "./emoji_picker.js";
import { actionChosen, messagesArrived } from "./events.js";
import { giveFocusBack } from "./message_actions.js";
import { changeReaction } from "./reaction_outbox.js";
import { addressOf, room } from "./room.js";

let picking = null; // id of the message for which the user chooses an emoji

function react(message, { anchor, emoji, byKeyboard }) {
  const address = addressOf(message, "/reactions/"); // the message may be replaced while the user chooses
  const add = (chosen) => changeReaction("PUT", address + encodeURIComponent(chosen));
  const giveBack = (usedKey) => giveFocusBack(message, anchor, usedKey ?? byKeyboard);
  if (emoji) return void add(emoji);
  picking = message.id;
  pickEmoji(anchor ?? message, add, giveBack);
}

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
