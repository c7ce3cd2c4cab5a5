// The menu of a message (WAI-ARIA menu button): below "More", or as a sheet after a long press.
import { requestJson } from "./api.js";
import { placeNear } from "./combobox.js";
import { actionChosen, messagesArrived, removedFromRoom, savedChanged } from "./events.js";
import { isKeyClick, popCloser, pushCloser } from "./keys.js";
import { allowedActions, giveFocusBack } from "./message_actions.js";
import { addressOf, idOf, room } from "./room.js";

const PAGES = { thread: "/thread", edits: "/edits", describe: "/files", report: "/reports" };
const menu = document.getElementById("message-menu");
const all = [...menu.querySelectorAll("[data-action]")];
const item = (action) => menu.querySelector(`[data-action=${action}]`);
const items = () => all.filter((shown) => shown.checkVisibility());
const isOpen = () => menu.matches(":popover-open");
const message = () => document.getElementById(menu.dataset.message);
let [opener, openedByKey] = [null, false]; // the button that opened the menu, and whether a key was used
let saved = null; // ids of the saved messages in this room, once loaded

function label(toggle, isOn) {
  const text = toggle.querySelector("[data-off]");
  toggle.toggleAttribute("data-now", isOn);
  text.textContent = text.dataset[isOn ? "on" : "off"];
}

// Only the label changes when the response arrives, so the menu keeps its size.
async function labelSaved(target) {
  label(item("save"), saved?.has(idOf(target)) ?? false);
  if (saved) return;
  const { ok, data } = await requestJson("GET", `/saved?room=${room.id}`);
  if (!ok) return;
  saved = new Set(data.ids);
  if (message()) label(item("save"), saved.has(idOf(message())));
}

// Offers the actions that the message allows now.
function update() {
  const target = message();
  if (!target) return hide();
  const allowed = allowedActions(target);
  for (const each of all) each.hidden = !allowed.has(each.dataset.action);
  menu.querySelector(".message-menu__quick").hidden = !allowed.has("react");
  item("thread").dataset.thread = idOf(target);
  for (const [action, part] of Object.entries(PAGES)) item(action).href = addressOf(target, part);
  label(item("pin"), target.querySelector(".message__label[href$='/pins']") !== null);
}

function open(target, anchor, byKeyboard) {
  menu.dataset.message = target.id;
  menu.toggleAttribute("data-sheet", !anchor);
  update();
  labelSaved(target);
  [opener, openedByKey] = [anchor, byKeyboard];
  anchor?.setAttribute("aria-expanded", "true");
  menu.showPopover();
  pushCloser(close);
  if (anchor) placeNear(menu, anchor);
  else menu.style.removeProperty("inset");
  (byKeyboard ? items().find((each) => each.matches(".message-menu__item")) : menu).focus({ preventScroll: true });
}

function hide() {
  popCloser(close);
  if (isOpen()) opener?.setAttribute("aria-expanded", "false");
  menu.hidePopover();
}

// Closes the menu and restores the focus.
function leave(byKeyboard) {
  const target = message();
  hide();
  if (target) giveFocusBack(target, opener, byKeyboard);
}

const close = () => (leave(openedByKey), true);

// Item for a key: an arrow, Home, End, or the first letter of a label.
function itemAt(key) {
  const shown = items();
  const at = shown.indexOf(document.activeElement);
  const places = { ArrowDown: (at + 1) % shown.length, ArrowUp: at < 0 ? -1 : (at - 1) % shown.length, Home: 0, End: -1 };
  if (key in places) return shown.at(places[key]);
  if (key.length > 1 || key === " ") return null;
  const rest = [...shown.slice(at + 1), ...shown.slice(0, at + 1)];
  return rest.find((each) => each.textContent.trim().toLowerCase().startsWith(key.toLowerCase()));
}

// Arrow down on "More" opens the menu. Runs before the toolbar, which would move.
function onButtonKey(event) {
  if (event.key !== "ArrowDown" || !event.target.matches?.(".message__action[data-action=menu]")) return;
  event.preventDefault();
  event.target.click();
}

menu.addEventListener("keydown", (event) => {
  if (event.key === "Tab") return void close();
  const next = itemAt(event.key);
  if (event.key === " " && event.target.matches("a")) event.target.click();
  else if (!next) return;
  next?.focus();
  event.preventDefault();
});
menu.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-action]");
  if (!chosen) return;
  const [{ action, emoji }, byKeyboard] = [chosen.dataset, isKeyClick(event)];
  const choice = { action, message: message(), emoji, on: chosen.hasAttribute("data-now"), byKeyboard };
  leave(byKeyboard);
  if (choice.message) actionChosen.emit(choice);
});
document.addEventListener("keydown", onButtonKey, true);
actionChosen.on(({ action, message: target, anchor, byKeyboard }) => {
  if (action === "menu") isOpen() && opener === anchor ? close() : open(target, anchor, byKeyboard);
});
for (const event of [messagesArrived, removedFromRoom]) event.on(() => isOpen() && update());
savedChanged.on(({ id, saved: isSaved }) => (isSaved ? saved?.add(id) : saved?.delete(id)));
document.addEventListener("pointerdown", ({ target }) => {
  if (!(menu.contains(target) && target !== menu) && !opener?.contains(target)) hide();
});
room.scroller.addEventListener("scroll", () => opener && hide(), { passive: true });
addEventListener("resize", hide);
