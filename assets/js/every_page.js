// Scripts for every page.
import "./avatars.js";
import "./connection.js";
import "./day_separators.js";
import "./keys.js";
import "./local_time.js";
import "./on_use.js";
import "./pictures.js";
import "./sidebar.js";

const find = document.getElementById("switcher-button");
if (find && /Mac|iPhone|iPad/.test(navigator.platform)) {
  find.querySelector("kbd").textContent = "⌘ K";
  find.ariaKeyShortcuts = "Meta+K";
}
