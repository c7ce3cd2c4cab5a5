// Entry of pages without a room.
import "./every_page.js";
import { writeClocksThere } from "./clock_there.js";
import { dayOfOtherYear, shortTime, write } from "./local_time.js";
import { loadOnUse } from "./on_use.js";

for (const each of document.querySelectorAll(":is(.result, .message-cards, .version, .item, .shared-file, .report) time")) write(each, shortTime);
for (const each of document.querySelectorAll(":is(.search__note, .facts) time[datetime]")) write(each, (date) => dayOfOtherYear.format(date));
writeClocksThere(document);

// Marks truncated texts in lists of messages, so that styles can show that there is more.
const cutOff = new ResizeObserver((entries) => {
  for (const { target } of entries) target.toggleAttribute("data-truncated", target.scrollHeight > target.clientHeight + 2);
});
for (const body of document.querySelectorAll(".message-cards .message__body")) cutOff.observe(body);

// Forms that save automatically or offer time zones need the on-use scripts at once.
if (document.querySelector("form[data-autosave], input[name=time_zone]")) loadOnUse();
