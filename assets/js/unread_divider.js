// The line "New since …" above the first message by another user that arrived while the user was not looking. Posting
// removes it.
import { messageQueued, messagesArrived, readMoved, roomRead } from "./events.js";
import { shortTime } from "./local_time.js";
import { copyOf, idOf, isOwn, messagesIn, newestIn, room } from "./room.js";
import { isAtEnd } from "./timeline.js";

const { list } = room;
let boundary = Number(list.dataset.read);
const isLooking = () => !document.hidden && isAtEnd() && !room.isCovered();

/** The line on the page, or null. */
export const unreadDivider = () => list.querySelector(".unread-divider");

function text() {
  const time = document.querySelector(`#message-${boundary} time`);
  return time ? `New since ${shortTime(new Date(time.dateTime))}` : "New";
}

function place() {
  const message = messagesIn(list).find((each) => idOf(each) > boundary && !isOwn(each));
  const divider = unreadDivider();
  if (!message) return divider?.remove();
  const before = message.previousElementSibling;
  const target = before?.matches(".day") ? before : message;
  if (divider && divider.nextElementSibling === target) return;
  const placed = divider ?? copyOf("unread-divider");
  placed.firstElementChild.textContent = text();
  target.before(placed);
}

/** Puts the line above the first message of another user after the one with this id. */
export function placeDivider(after) {
  boundary = after;
  place();
}

const move = () => placeDivider(Number(list.dataset.read));

function moveToEnd() {
  const newest = newestIn(list);
  placeDivider(newest ? Math.max(boundary, idOf(newest)) : boundary);
}

// Messages that arrive while the user is looking get no line.
const onListChange = () => (!unreadDivider() && isLooking() ? moveToEnd() : place());

// Nor do messages before one that the user posted, in this window or another.
function onArrival({ all }) {
  const newest = newestIn(list);
  if (newest && isOwn(newest) && all.some(({ id }) => id === newest.id)) moveToEnd();
}

if (room.isLive) {
  // If everything is read when the tab is hidden, the divider moves there.
  document.addEventListener("visibilitychange", () => {
    const newest = newestIn(list);
    if (document.hidden && newest && idOf(newest) <= Number(list.dataset.read)) move();
  });
  for (const event of [roomRead, messageQueued]) event.on(moveToEnd);
  messagesArrived.on(onArrival);
  // Reading in another window leaves the divider in place. "Mark as unread" moves it.
  readMoved.on(() => {
    if (Number(list.dataset.read) < boundary || !unreadDivider()) move();
  });
  new MutationObserver(onListChange).observe(list, { childList: true });
  place();
}
