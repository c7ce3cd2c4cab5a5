// Times and days in the user's time zone. The server writes them in UTC.
const hourCycle = { 12: "h12", 24: "h23" }[document.documentElement.dataset.clock];
/** Makes a format in the browser's language. */
export const formatter = (options) => new Intl.DateTimeFormat(undefined, options);
/** Format of the time of day: as usual in the browser's language, or as set in the preferences. */
export const time = { hour: hourCycle === "h23" ? "2-digit" : "numeric", minute: "2-digit", ...(hourCycle && { hourCycle }) };
const clock = formatter(time);
const dateAndClock = formatter({ day: "numeric", month: "short", ...time });
const dateOfOtherYear = formatter({ day: "numeric", month: "short", year: "numeric", ...time });
const full = formatter({ weekday: "long", day: "numeric", month: "long", year: "numeric", ...time });
/** Format of a day in this year. */
export const dayOfThisYear = formatter({ weekday: "long", day: "numeric", month: "long" });
/** Format of a day with its year. */
export const dayOfOtherYear = formatter({ dateStyle: "long" });
/** Whether a node is a message. */
export const isMessage = (node) => node.matches?.(".message");
const isToday = (date) => date.toDateString() === new Date().toDateString();

/** Whether a date is in this year. */
export const isThisYear = (date) => date.getFullYear() === new Date().getFullYear();

/** Short date and time: only the time if it is today, with the year if it is not this year. */
export const shortTime = (date) => (isToday(date) ? clock : isThisYear(date) ? dateAndClock : dateOfOtherYear).format(date);

/** Writes the time into a `<time>` element, and the full date and time into its title. */
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

const added = new MutationObserver((records) => records.flatMap((record) => [...record.addedNodes]).forEach(localizeIn));
for (const place of document.querySelectorAll("#messages, #thread-panel, .join-offer__messages")) {
  localizeIn(place);
  added.observe(place, { childList: true, subtree: place.id === "thread-panel" });
}
