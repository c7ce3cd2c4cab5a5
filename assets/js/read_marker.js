// Read positions of the room and the open thread: the last message in view, while the tab is visible. Escape marks the
// room as read. "Mark as unread" stays in effect until the user leaves the page.
import { requestJson } from "./api.js";
import { changesPolled, messageQueued, messagesArrived, readMoved, roomRead, threadChanged } from "./events.js";
import { pushCloser } from "./keys.js";
import { lastSeen } from "./last_seen.js";
import { createMarker } from "./position_report.js";
import { NEAR_BOTTOM, idOf, newestIn, room } from "./room.js";
import { showNotice } from "./status.js";
import { isUnreadMissing } from "./unread_pill.js";

const { list, scroller, side } = room;
const address = `${room.address}/read`;

const thread = () => side.querySelector(".thread");
const idOfNewest = (root) => idOf(newestIn(root) ?? { id: "message-0" });
const isAtBottom = (area) => !document.hidden && area.scrollTop > -NEAR_BOTTOM;
let reported = Number(list.dataset.read);
let confirmed = reported; // last position that the server has sent
let isHeld = false; // by Mark as unread, in this window or another
const setPosition = (id) => (list.dataset.read = reported = id);

const roomMarker = createMarker({
  newest: () => idOfNewest(list),
  seen: lastSeen,
  position: () => reported,
  isSeen: () => room.isLive && !document.hidden && !isHeld && !isUnreadMissing() && !room.isCovered() && !room.isRemoved(),
  report(id) {
    if (room.isPolling()) requestJson("PUT", address, { up_to: id });
    else if (!room.send({ read: id })) return false;
    setPosition(Math.max(reported, id));
    return true;
  },
});

const threadMarker = createMarker({
  newest: () => idOfNewest(side.querySelector(".thread__replies") ?? side),
  position: () => Number(thread()?.dataset.read ?? Infinity),
  isSeen: () => isAtBottom(side.querySelector(".thread__scroll")),
  report(up_to) {
    const { dataset } = thread();
    const before = dataset.read;
    dataset.read = up_to;
    // After a failure, the next reply reports again.
    requestJson("PUT", dataset.readUrl, { up_to }).then(({ ok }) => ok || (dataset.read = before));
    return true;
  },
});

async function readAll() {
  isHeld = false;
  setPosition(Math.max(reported, idOfNewest(list)));
  roomRead.emit();
  const { ok } = await requestJson("PUT", address, {});
  if (!ok) reported = confirmed;
}

/** Marks a message and those after it as unread. */
export async function markUnread(message) {
  const { ok, error } = await requestJson("PUT", address, { unread_from: idOf(message) });
  if (!ok) return showNotice(error);
  roomMarker.cancel();
  isHeld = true;
  confirmed = idOf(message) - 1;
  setPosition(confirmed);
  readMoved.emit();
}

// The room's badges in the sidebar have the position. A lower one means "Mark as unread", in this window or another.
function followSidebar() {
  const badges = document.getElementById(`unread-${room.id}`);
  // A mention in a message that was already read was added by an edit.
  if (badges?.querySelector(".mention-badge") && idOfNewest(list) <= reported) roomMarker.repeat();
  const read = Number(badges?.dataset.read ?? confirmed);
  if (read === confirmed) return;
  isHeld = read < confirmed;
  confirmed = read;
  setPosition(isHeld ? read : Math.max(reported, read));
  readMoved.emit();
}

if (room.isLive) {
  pushCloser(({ target }) => {
    if (room.isCovered() || target.closest?.("#thread-panel")) return false;
    if (room.box?.value && document.activeElement === room.box) return false;
    readAll();
    return true;
  });
  room.element.addEventListener("htmx:ws:after:connection", () => {
    reported = confirmed; // reports over a broken connection may be lost
    roomMarker.check();
  });
  messageQueued.on(() => (isHeld = false));
  document.getElementById("unread-pill")?.addEventListener("submit", (event) => (event.preventDefault(), readAll()));
  for (const event of [messagesArrived, threadChanged, changesPolled]) event.on(roomMarker.check);
  scroller.addEventListener("scroll", roomMarker.check, { passive: true });
  const changes = { childList: true, subtree: true, attributes: true, attributeFilter: ["data-read"] };
  new MutationObserver(followSidebar).observe(document.getElementById("sidebar-panel"), changes);
  roomMarker.check();
  followSidebar();
}
new MutationObserver(threadMarker.check).observe(side, { childList: true, subtree: true });
threadChanged.on(threadMarker.repeat); // for mentions added by edits to replies already read
side.addEventListener("scroll", threadMarker.check, { capture: true, passive: true });
document.addEventListener("visibilitychange", () => (roomMarker.check(), threadMarker.check()));
threadMarker.check();
