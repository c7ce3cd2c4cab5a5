// Times and days in the user's time zone; the server writes them for UTC.
const hourCycle = { 12: "h12", 24: "h23" }[document.documentElement.dataset.clock];
/** Format in the language of the browser. */
export const formatter = (options) => new Intl.DateTimeFormat(undefined, options);
/** One format of the time of day everywhere: as usual in the language of the browser, or as the user prefers. */
export const time = { hour: hourCycle === "h23" ? "2-digit" : "numeric", minute: "2-digit", ...(hourCycle && { hourCycle }) };
const clock = formatter(time);
const dateAndClock = formatter({ day: "numeric", month: "short", ...time });
const dateOfOtherYear = formatter({ day: "numeric", month: "short", year: "numeric", ...time });
const full = formatter({ weekday: "long", day: "numeric", month: "long", year: "numeric", ...time });
/** A day of this year. */
export const dayOfThisYear = formatter({ weekday: "long", day: "numeric", month: "long" });
/** A day with its year. */
export const dayOfOtherYear = formatter({ dateStyle: "long" });
/** Whether a node is a message of a list. */
export const isMessage = (node) => node.matches?.(".message");
const isToday = (date) => date.toDateString() === new Date().toDateString();

/** Whether a date is in this year. */
export const isThisYear = (date) => date.getFullYear() === new Date().getFullYear();

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

const added = new MutationObserver((records) => records.flatMap((record) => [...record.addedNodes]).forEach(localizeIn));
for (const place of document.querySelectorAll("#messages, #thread-panel, .join-offer__messages")) {
  localizeIn(place);
  added.observe(place, { childList: true, subtree: place.id === "thread-panel" });
}
