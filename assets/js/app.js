// Entry of every page.
import "./connection.js";
import "./keys.js";
import "./local_time.js";
import "./search_boxes.js";
import "./sidebar.js";

// Texts that are cut off in lists of messages are marked, so that they show that there is more.
const cutOff = new ResizeObserver((entries) => {
  for (const { target } of entries) target.toggleAttribute("data-clipped", target.scrollHeight > target.clientHeight + 2);
});
for (const body of document.querySelectorAll(".kept .message__body")) cutOff.observe(body);
