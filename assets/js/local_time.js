// Times and days in the user's time zone; the server writes them for UTC.
import { threadChanged } from "./events.js";

let relabelTimer = 0;
const hourCycle = { 12: "h12", 24: "h23" }[document.documentElement.dataset.clock];
/** Format in the language of the browser. */
export const formatter = (options) => new Intl.DateTimeFormat(undefined, options);
/** One format of the time of day everywhere: as usual in the language of the browser, or as the user prefers. */
export const time = { hour: hourCycle === "h23" ? "2-digit" : "numeric", minute: "2-digit", ...(hourCycle && { hourCycle }) };
const clock = formatter(time);
const dateAndClock = formatter({ day: "numeric", month: "short", ...time });
const dateOfOtherYear = formatter({ day: "numeric", month: "short", year: "numeric", ...time });
const full = formatter({ weekday: "long", day: "numeric", month: "long", year: "numeric", ...time });
const dayOfThisYear = formatter({ weekday: "long", day: "numeric", month: "long" });
/** A day with its year. */
export const dayOfOtherYear = formatter({ dateStyle: "long" });
const isMessage = (node) => node.matches?.(".message");
const isToday = (date) => date.toDateString() === new Date().toDateString();

const isThisYear = (date) => date.getFullYear() === new Date().getFullYear();

/** A short form of a moment: the time alone when it was today, and the year when it was another. */
export const shortTime = (date) => (isToday(date) ? clock : isThisYear(date) ? dateAndClock : dateOfOtherYear).format(date);

/** Writes the time of a `<time>` element, and all of it as its title. */
export function write(element, format) {
  const date = new Date(element.dateTime);
  element.textContent = format(date);
  element.title = full.format(date);
}

function localize(message) {
  for (const each of message.querySelectorAll(".message__time time")) write(each, (date) => clock.format(date));
  for (const each of message.querySelectorAll(".message__thread time")) write(each, shortTime);
  message.querySelector(".message__time")?.removeAttribute("title"); // for pages without scripts
}

function localizeIn(node) {
  if (isMessage(node)) localize(node);
  else node.querySelectorAll?.(".message").forEach(localize);
}

const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
const daysAgo = (date) => Math.round((midnight(new Date()) - midnight(date)) / 86_400_000);

function label(separator) {
  const date = new Date(separator.dataset.day);
  const format = isThisYear(date) ? dayOfThisYear : dayOfOtherYear;
  separator.firstElementChild.textContent = ["Today", "Yesterday"][daysAgo(date)] ?? format.format(date);
}

function addSeparator(message, day) {
  const separator = Object.assign(document.createElement("p"), { className: "day" });
  const time = document.createElement("time");
  separator.dataset.day = day;
  time.dateTime = new Date(day).toLocaleDateString("sv"); // the Swedish form is that of ISO 8601
  separator.append(time);
  label(separator);
  message.before(separator);
}

const dayOf = (message) => new Date(message.querySelector("time").dateTime).toDateString();

function neighbor(node, side) {
  do node = node[side];
  while (node && !isMessage(node));
  return node;
}

// A message has a separator before it if its day differs from that of the message before it.
function separate(message) {
  const before = neighbor(message, "previousElementSibling");
  const day = dayOf(message);
  const isWanted = !before || dayOf(before) !== day;
  const separator = message.previousElementSibling?.matches(".day") ? message.previousElementSibling : null;
  if (separator && isWanted && separator.dataset.day === day) return;
  separator?.remove();
  if (isWanted) addSeparator(message, day);
}

function onListChange(records, observer) {
  const list = records[0].target;
  const added = records.flatMap((record) => [...record.addedNodes]).filter((node) => isMessage(node) && node.isConnected);
  const after = added.length && neighbor(added.at(-1), "nextElementSibling");
  const first = records.some((record) => record.removedNodes.length) && list.querySelector(".message");
  for (const message of new Set([...added, after, first])) if (message) separate(message);
  observer.takeRecords();
}

function watch(list) {
  if (!list) return;
  for (const message of list.querySelectorAll(".message")) separate(message);
  new MutationObserver(onListChange).observe(list, { childList: true });
}

function relabel() {
  for (const separator of document.querySelectorAll(".day[data-day]")) label(separator);
  clearTimeout(relabelTimer);
  relabelTimer = setTimeout(relabel, new Date().setHours(24, 0, 1, 0) - Date.now()); // at midnight
}

const watchThread = () => watch(document.querySelector(".thread__replies"));
const added = new MutationObserver((records) => records.flatMap((record) => [...record.addedNodes]).forEach(localizeIn));
for (const place of document.querySelectorAll("#messages, #thread-panel, .join-offer__messages")) {
  localizeIn(place);
  added.observe(place, { childList: true, subtree: place.id === "thread-panel" });
}
watch(document.querySelector("#messages, .join-offer__messages"));
watchThread();
threadChanged.on(watchThread);
document.addEventListener("visibilitychange", relabel);
relabel();
