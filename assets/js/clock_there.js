// Current time in the time zones of other users.
import { formatter, time } from "./local_time.js";

/** Writes the time into elements that name a time zone. */
export function writeClocksThere(root) {
  for (const each of root.querySelectorAll("time[data-time-zone]")) {
    try {
      each.textContent = formatter({ ...time, timeZone: each.dataset.timeZone }).format();
    } catch {} // a time zone unknown to the browser: the time from the server stays
  }
}
