// Buttons of the composer: inserting an emoji.
import { pickEmoji } from "./emoji_picker.js";
import { room } from "./room.js";
import { announceInput } from "./text_box.js";

const { box, composer } = room;
const emoji = composer?.querySelector("[data-action=insert-emoji]");

function insertAtCaret(text) {
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  announceInput(box);
  box.focus();
}

emoji?.addEventListener("click", () => pickEmoji(emoji, insertAtCaret, () => box.focus()));
