// The card of a person: opens at the name or avatar of an author, at a mention, and in the list of viewers. Without
// this script, or with a modifier key, the link opens the profile.
import { fetchFragment } from "./api.js";
import { placeNear } from "./combobox.js";
import { isModified } from "./keys.js";
import { writeClocksThere } from "./clock_there.js";

const LINKS = ":is(.message__author, .message__avatar, .message__body .mention, #presence a, .mention-card)[href^='/people/']";
const card = Object.assign(document.createElement("div"), { id: "person-card", className: "person-card", popover: "auto", role: "dialog", ariaLabel: "Person" });
let opener = null;

const boxNear = (link) => (link.closest("#thread-panel") ?? document).querySelector(".composer textarea:not([readonly])");

async function open(link) {
  const text = await fetchFragment(link.getAttribute("href"));
  if (text === null) return void location.assign(link.href);
  opener = link;
  if (!card.isConnected) document.body.append(card);
  await htmx.swap({ sourceElement: card, target: card, swap: "innerHTML", text });
  writeClocksThere(card);
  for (const button of card.querySelectorAll("[data-mention]")) button.hidden = !boxNear(link);
  card.showPopover();
  placeNear(card, link, { start: true });
  card.querySelector("a, button:not([hidden])").focus({ preventScroll: true });
}

function mention(name) {
  const box = boxNear(opener);
  card.hidePopover();
  const [before, after] = [box.value.slice(0, box.selectionStart), box.value.slice(box.selectionEnd)];
  const text = `${/\S$/.test(before) ? " " : ""}@${name}${/^\s/.test(after) ? "" : " "}`;
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.(LINKS);
  if (!link || event.defaultPrevented || event.button || isModified(event)) return;
  event.preventDefault();
  open(link);
});
card.addEventListener("click", ({ target }) => target.dataset.mention && mention(target.dataset.mention));
