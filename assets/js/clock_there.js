// Times of day in the time zones of other users.
import { formatter, time } from "./local_time.js";

/** Writes them into the elements that name a time zone. */
export function writeClocksThere(root) {
  for (const each of root.querySelectorAll("time[data-time-zone]")) {
    try {
      each.textContent = formatter({ ...time, timeZone: each.dataset.timeZone }).format();
    } catch {} // a zone that the browser does not know: the time of the server stays
  }
}
