// Emoji by name.
import { fetchFragment, parseHtml } from "./api.js";
import { room } from "./room.js";

/** Text of an option: an emoji, or the name of a custom one between colons. */
export const emojiOf = (cell) => cell.value || cell.textContent;

/** Emoji options in an element. */
export const emojiIn = (root) => [...root.querySelectorAll(".emoji__option")];

// Exact names rank before names that start with the text, and these before names that contain it.
function rank(cell, words) {
  const names = cell.title.replaceAll(":", "").split(" ");
  if (!words.every((word) => names.some((name) => name.includes(word)))) return -1;
  if (names.includes(words.join("_"))) return 0;
  return names.some((name) => name.startsWith(words[0])) ? 1 : 2;
}

/** Emoji options in an element whose names match all words, best first. */
export function ranked(root, words) {
  const matches = emojiIn(root).map((cell) => ({ cell, rank: rank(cell, words) })).filter((each) => each.rank >= 0);
  return matches.sort((a, b) => a.rank - b.rank).map(({ cell }) => cell);
}

let groups = null;

/** Options whose names match a text, best first: elements with the emoji as content and the names as title. */
export async function emojiNamed(text) {
  groups ??= fetchFragment(room.element.dataset.emoji);
  const html = await groups;
  if (html === null) groups = null;
  return ranked(parseHtml(html ?? ""), text.toLowerCase().split("_").filter(Boolean));
}
