// Entry of pages without a room.
import "./every_page.js";
import { writeClocksThere } from "./clock_there.js";
import { dayOfOtherYear, shortTime, write } from "./local_time.js";
import { loadOnUse } from "./on_use.js";

for (const each of document.querySelectorAll(":is(.result, .message-cards, .version, .item, .shared-file) time")) write(each, shortTime);
for (const each of document.querySelectorAll(":is(.search__note, .facts) time[datetime]")) write(each, (date) => dayOfOtherYear.format(date));
writeClocksThere(document);

// Texts that are cut off in lists of messages are marked, so that they show that there is more.
const cutOff = new ResizeObserver((entries) => {
  for (const { target } of entries) target.toggleAttribute("data-truncated", target.scrollHeight > target.clientHeight + 2);
});
for (const body of document.querySelectorAll(".message-cards .message__body")) cutOff.observe(body);

// Forms that save by themselves or offer time zones need the other scripts at once.
if (document.querySelector("form[data-autosave], input[name=time_zone]")) loadOnUse();
