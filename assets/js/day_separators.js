// Separators between the days in a list of messages, in the user's time zone.
import { threadChanged } from "./events.js";
import { dayOfOtherYear, dayOfThisYear, isMessage, isThisYear } from "./local_time.js";

/** Time (ms) by which a message may precede the day it is shown under, as on the server. */
const beforeDay = 300_000;
let relabelTimer = 0;

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
  time.dateTime = new Date(day).toLocaleDateString("sv"); // Swedish dates have the ISO 8601 format
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

// A message gets a separator if its day differs from the day that the previous message is shown under. Small
// corrections of the server's clock around midnight do not repeat a day.
function beginsDay(message, before, day) {
  if (!before) return true;
  if (dayOf(before) === day) return false;
  let separator = before;
  while (separator && !separator.matches(".day[data-day]")) separator = separator.previousElementSibling;
  const shown = separator?.dataset.day ?? dayOf(before);
  const early = new Date(shown) - new Date(message.querySelector("time").dateTime);
  return shown !== day && !(early > 0 && early <= beforeDay);
}

function separate(message) {
  const before = neighbor(message, "previousElementSibling");
  const day = dayOf(message);
  const isWanted = beginsDay(message, before, day);
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
watch(document.querySelector("#messages, .join-offer__messages"));
watchThread();
threadChanged.on(watchThread);
document.addEventListener("visibilitychange", relabel);
relabel();
