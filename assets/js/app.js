// Entry of every page.
import "./connection.js";
import "./keys.js";
import "./local_time.js";
import { loadOnUse } from "./on_use.js";
import "./sidebar.js";

const find = document.getElementById("switcher-button");
if (find && /Mac|iPhone|iPad/.test(navigator.platform)) {
  find.querySelector("kbd").textContent = "⌘ K";
  find.ariaKeyShortcuts = "Meta+K";
}

// Texts that are cut off in lists of messages are marked, so that they show that there is more.
const cutOff = new ResizeObserver((entries) => {
  for (const { target } of entries) target.toggleAttribute("data-truncated", target.scrollHeight > target.clientHeight + 2);
});
for (const body of document.querySelectorAll(".message-cards .message__body")) cutOff.observe(body);

// Forms that save by themselves or offer time zones need the other scripts at once.
if (document.querySelector("form[data-autosave], input[name=time_zone]")) loadOnUse();
