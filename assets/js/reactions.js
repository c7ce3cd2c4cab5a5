// Adds reactions from the toolbar, the menu, and the button after the reactions of a message.
import { closePicker, pickEmoji } from "./emoji_picker.js";
import { actionChosen, messagesArrived } from "./events.js";
import { isModified } from "./keys.js";
import { allowedActions, giveFocusBack } from "./message_actions.js";
import { changeReaction } from "./reaction_outbox.js";
import { addressOf, messageAround, room } from "./room.js";

let picking = null; // id of the message for which the user chooses an emoji

function react(message, { anchor, emoji, byKeyboard }) {
  const address = addressOf(message, "/reactions/"); // the message may be replaced while the user chooses
  const add = (chosen) => changeReaction("PUT", address + encodeURIComponent(chosen));
  const giveBack = (usedKey) => giveFocusBack(message, anchor, usedKey ?? byKeyboard);
  if (emoji) return void add(emoji);
  picking = message.id;
  pickEmoji(anchor ?? message, add, giveBack);
}

// The button after the reactions. Without scripts, it links to the page of the message, which has forms.
document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.(".add-reaction");
  const message = anchor && messageAround(anchor);
  if (!message || isModified(event) || !allowedActions(message).has("react")) return;
  event.preventDefault();
  react(message, { anchor });
});

messagesArrived.on(() => {
  if (picking && document.getElementById(picking)?.matches(".message--deleted")) closePicker();
});
actionChosen.on((choice) => choice.action === "react" && react(choice.message, choice));
