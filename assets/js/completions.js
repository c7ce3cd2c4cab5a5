// Completions for the message boxes: people, rooms and emoji.
import { fetchFragment, parseHtml, requestJson } from "./api.js";
import { emojiNamed, emojiOf } from "./emoji_names.js";
import { room } from "./room.js";

const OFFERED = 8;

function option(id, name, children) {
  const element = Object.assign(document.createElement("div"), { id, className: "option", role: "option" });
  element.dataset.name = name;
  element.append(...children);
  return element;
}

async function findPeople(start) {
  const text = await fetchFragment(`${room.address}/names?q=${encodeURIComponent(start)}`);
  const people = [...parseHtml(text ?? "").body.children];
  const isSelf = ({ id }) => id === `name-${room.userId}`; // last, because users rarely mention themselves
  return [...people.filter((one) => !isSelf(one)), ...people.filter(isSelf)];
}

async function findRooms(start) {
  const { ok, data } = await requestJson("GET", `/search?q=${encodeURIComponent(start)}`);
  const open = ok ? data.rooms.filter(({ kind, archived }) => kind === "open" && !archived) : [];
  const label = (name) => Object.assign(document.createElement("b"), { dir: "auto", textContent: `# ${name}` });
  return open.slice(0, OFFERED).map(({ id, name }) => option(`room-${id}-option`, name, [label(name)]));
}

async function findEmoji(start) {
  const found = await emojiNamed(start);
  const label = ({ childNodes, title }) => [...[...childNodes].map((node) => node.cloneNode(true)), " ", title];
  return found.slice(0, OFFERED).map((cell, at) => option(`emoji-option-${at}`, emojiOf(cell), label(cell)));
}

const UNSPACED = ["Han", "Hira", "Kana", "Hang", "Thai", "Laoo", "Khmr", "Mymr"].map((script) => `\\p{scx=${script}}`).join("");
const PERSON = new RegExp(`(?:^|[^\\p{L}\\p{N}\\p{M}@＠]|[${UNSPACED}])[@＠]([\\p{L}\\p{N}\\p{M}_.-]{0,32})$`, "u");

/** Kinds of completions, each with the pattern of the text before the caret. The server decides which names exist. */
export const completions = [
  { label: "People", pattern: PERSON, find: findPeople, replaced: 0 },
  { label: "Rooms", pattern: /(?:^|[\s(])#([\p{L}\p{N}][\p{L}\p{N}_.-]{0,32})$/u, find: findRooms, replaced: 0 },
  { label: "Emoji", pattern: /(?:^|[\s(]):([\p{L}\p{N}_+-]{2,32})$/u, find: findEmoji, replaced: 1 },
];
