// The menu of a message (WAI-ARIA menu button): below "More", or a sheet after a long press.
import { requestJson } from "./api.js";
import { placeNear } from "./combobox.js";
import { actionChosen, savedChanged } from "./events.js";
import { popCloser, pushCloser } from "./keys.js";
import { allowedActions } from "./message_actions.js";
import { addressOf, idOf, room } from "./room.js";

const menu = document.getElementById("message-menu");
const all = [...menu.querySelectorAll("[data-action]")];
const item = (action) => menu.querySelector(`[data-action=${action}]`);
const items = () => all.filter((shown) => shown.checkVisibility());
const isOpen = () => menu.matches(":popover-open");
const message = () => document.getElementById(menu.dataset.message);
let opener = null; // button that gets the focus back
let saved = null; // ids of the user's saved messages in this room, once they are known

function label(toggle, isOn) {
  const text = toggle.querySelector("[data-off]");
  toggle.toggleAttribute("data-now", isOn);
  text.textContent = text.dataset[isOn ? "on" : "off"];
}

// The menu keeps its size: only the label changes when the answer comes.
async function labelSaved(target) {
  label(item("save"), saved?.has(idOf(target)) ?? false);
  if (saved) return;
  const { ok, data } = await requestJson("GET", `/saved?room=${room.id}`);
  if (!ok) return;
  saved = new Set(data.ids);
  if (message()) label(item("save"), saved.has(idOf(message())));
}

function open(target, anchor) {
  const allowed = allowedActions(target);
  menu.dataset.message = target.id;
  menu.toggleAttribute("data-sheet", !anchor);
  for (const each of all) each.hidden = !allowed.has(each.dataset.action);
  menu.querySelector(".message-menu__quick").hidden = !allowed.has("react");
  item("thread").href = addressOf(target, "/thread");
  item("thread").dataset.thread = idOf(target);
  item("edits").href = addressOf(target, "/edits");
  label(item("pin"), target.querySelector(".message__label[href$='/pins']") !== null);
  labelSaved(target);
  opener = anchor;
  anchor?.setAttribute("aria-expanded", "true");
  menu.showPopover();
  pushCloser(close);
  if (anchor) placeNear(menu, anchor);
  else menu.style.removeProperty("inset");
  (anchor ? items()[0] : menu).focus({ preventScroll: true });
}

function hide() {
  popCloser(close);
  if (isOpen()) opener?.setAttribute("aria-expanded", "false");
  menu.hidePopover();
}

// Closes the menu and gives the focus back.
function close() {
  hide();
  opener?.focus({ preventScroll: true });
  return true;
}

// The item that a key leads to: an arrow, Home, End, or the first letter of its label.
function itemAt(key) {
  const shown = items();
  const at = shown.indexOf(document.activeElement);
  const places = { ArrowDown: (at + 1) % shown.length, ArrowUp: at < 0 ? -1 : (at - 1) % shown.length, Home: 0, End: -1 };
  if (key in places) return shown.at(places[key]);
  if (key.length > 1 || key === " ") return null;
  const rest = [...shown.slice(at + 1), ...shown.slice(0, at + 1)];
  return rest.find((each) => each.textContent.trim().toLowerCase().startsWith(key.toLowerCase()));
}

// An arrow down on "More" opens the menu, before it moves the toolbar.
function onButtonKey(event) {
  if (event.key !== "ArrowDown" || !event.target.matches?.(".message__action[data-action=menu]")) return;
  event.preventDefault();
  event.target.click();
}

menu.addEventListener("keydown", (event) => {
  if (event.key === "Tab") return void close();
  const next = itemAt(event.key);
  if (event.key === " " && event.target.matches("a")) event.target.click();
  else if (next) next.focus();
  else return;
  event.preventDefault();
});
menu.addEventListener("click", ({ target }) => {
  const chosen = target.closest("[data-action]");
  if (!chosen) return;
  const { action, emoji } = chosen.dataset;
  const choice = { action, message: message(), emoji, on: chosen.hasAttribute("data-now") };
  close();
  if (choice.message) actionChosen.emit(choice);
});
document.addEventListener("keydown", onButtonKey, true);
actionChosen.on(({ action, message: target, anchor }) => {
  if (action !== "menu") return;
  if (isOpen() && opener === anchor) close();
  else open(target, anchor);
});
savedChanged.on(({ id, saved: isSaved }) => (isSaved ? saved?.add(id) : saved?.delete(id)));
document.addEventListener("pointerdown", ({ target }) => {
  if (!(menu.contains(target) && target !== menu) && !opener?.contains(target)) hide();
});
room.scroller.addEventListener("scroll", () => opener && hide(), { passive: true });
addEventListener("resize", hide);
