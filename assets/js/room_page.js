// Entry of a page with a room. A long press on a message opens its menu.
import "./every_page.js";
import { actionChosen, messagesArrived } from "./events.js";
import "./incoming.js";
import "./timeline.js";
import "./unread_divider.js";
import "./unread_pill.js";
import "./outbox.js";
import "./delivery.js";
import "./reaction_outbox.js";
import "./read_marker.js";
import "./room_badge.js";
import { loadOnUse } from "./on_use.js";
import { messageAround, room } from "./room.js";
import "./status.js";
import { drafts } from "./text_box.js";

const LONG = 500; // ms
const SLOP = 10; // px that a resting finger may move
const LATE_CLICK = 400; // ms within which a click belongs to the lifted finger
let [timer, start, isPressed, liftedAt] = [0, null, false, Infinity];
const stop = () => (timer = clearTimeout(timer) ?? 0);

async function press(message) {
  timer = 0;
  isPressed = true;
  navigator.vibrate?.(10);
  await loadOnUse();
  if (message.isConnected) actionChosen.emit({ action: "menu", message });
}

function onClick(event) {
  if (!isPressed || event.timeStamp > liftedAt + LATE_CLICK) return;
  isPressed = false;
  event.preventDefault();
  event.stopImmediatePropagation();
}

document.addEventListener("pointerdown", (event) => {
  stop();
  [isPressed, liftedAt, start] = [false, Infinity, event];
  const message = messageAround(event.target);
  if (event.pointerType !== "touch" || !event.isPrimary || !message || event.target.closest(".edit")) return;
  timer = setTimeout(press, LONG, message);
});
document.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (timer && Math.hypot(clientX - start.clientX, clientY - start.clientY) > SLOP) stop();
});
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, ({ timeStamp }) => (stop(), (liftedAt = timeStamp)));
}
room.scroller.addEventListener("scroll", stop, { passive: true });

// Suppresses the browser's own menu, and the click on what is under the finger when it is lifted.
document.addEventListener("contextmenu", (event) => (isPressed || timer) && event.preventDefault());
document.addEventListener("click", onClick, true);

// An open thread, edit or linked message, or attached files, need the on-use scripts at once. So does a thread that the
// Back button opens.
const isOpen = [`edit:${room.address}`, `files:${room.address}/messages`].some(drafts.get);
if (isOpen || room.side.firstElementChild || room.element.dataset.permalink) loadOnUse();
addEventListener("popstate", loadOnUse, { once: true });
room.scroller.addEventListener("scroll", loadOnUse, { once: true, passive: true });

// Our own players, which replace those of the browser, are on-use scripts.
const showPlayers = () => room.list.querySelector(".voice, .video") && loadOnUse();
messagesArrived.on(showPlayers);
showPlayers();
