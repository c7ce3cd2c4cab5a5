// The line "New since …" above the first message of another user that was unread when it came.
import { readMoved, roomRead } from "./events.js";
import { shortTime } from "./local_time.js";
import { copyOf, idOf, isOwn, messagesIn, newestIn, room } from "./room.js";

const { list } = room;
let boundary = Number(list.dataset.read);
function text() {
  const time = document.querySelector(`#message-${boundary} time`);
  return time ? `New since ${shortTime(new Date(time.dateTime))}` : "New";
}

function place() {
  const message = messagesIn(list).find((each) => idOf(each) > boundary && !isOwn(each));
  const divider = list.querySelector(".unread-divider");
  if (!message) return divider?.remove();
  const before = message.previousElementSibling;
  const target = before?.matches(".day") ? before : message;
  if (divider && divider.nextElementSibling === target) return;
  const placed = divider ?? copyOf("unread-divider");
  placed.firstElementChild.textContent = text();
  target.before(placed);
}

function move() {
  boundary = Number(list.dataset.read);
  place();
}

if (room.composer) {
  // A user who had read everything before turning away finds the divider there.
  document.addEventListener("visibilitychange", () => {
    const newest = newestIn(list);
    if (document.hidden && newest && idOf(newest) <= Number(list.dataset.read)) move();
  });
  roomRead.on(move);
  // Reading on in another window leaves the divider where it is; marking as unread moves it.
  readMoved.on(() => {
    if (Number(list.dataset.read) < boundary || !list.querySelector(".unread-divider")) move();
  });
  new MutationObserver(place).observe(list, { childList: true });
  place();
}
