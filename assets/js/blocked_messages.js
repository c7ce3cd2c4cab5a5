// Messages of blocked people: a click on the line that stands for one shows the message.
import { isModified } from "./keys.js";

function show(event) {
  const message = event.target.closest?.(".message__time")?.closest(".message");
  // The stylesheet of the viewer's blocks sets --blocked on the messages that it folds.
  if (!message || isModified(event) || !getComputedStyle(message).getPropertyValue("--blocked")) return;
  event.preventDefault();
  event.stopPropagation();
  message.dataset.shown = "";
}

document.addEventListener("click", show, true);
