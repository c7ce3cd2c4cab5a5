// Scrolling: follows the newest message when near the bottom, keeps the position further up, and counts new messages
// below. Keeps the list at about 400 elements by removing some at the far end. If that is the bottom, the list is
// "detached": new messages are only counted.
import { listReplaced, messageQueued, messagesArrived, roomRead } from "./events.js";
import { NEAR_BOTTOM, copyOf, idOf, room } from "./room.js";

const MOST = 400;
const SLACK = 20; // elements; trims the list less often, because each trim measures it
const { list, scroller } = room;
const jump = document.getElementById("jump-to-latest"); // missing on pages of older messages
let isPinned = true;
let isAtBottom = true; // exactly; the browser then stays there by itself, without measurements
let unseen = []; // ids of new messages by others below the visible part, oldest first
let anchor = null; // visible element that keeps its position, and its distance from the top of the window
const topOf = (element) => element.getBoundingClientRect().top;

function remember(element) {
  anchor = { element, before: element.previousElementSibling, top: topOf(element) };
}

function rememberVisible() {
  const area = scroller.getBoundingClientRect();
  const middle = area.left + area.width / 2;
  anchor = null;
  for (let height = area.top + area.height / 3; !anchor && height < area.bottom; height += 20) {
    const element = document.elementFromPoint(middle, height)?.closest("#messages > *");
    if (element) remember(element);
  }
}

// The anchor element, or the one that replaced it.
function anchored() {
  if (!anchor || anchor.element.isConnected) return anchor?.element;
  return anchor.before?.isConnected ? anchor.before.nextElementSibling : null;
}

function holdPosition() {
  const element = anchored();
  if (isPinned && !room.isDetached()) {
    if (!isAtBottom) scroller.scrollTop = 0;
  } else if (!element) rememberVisible();
  else if (Math.abs(topOf(element) - anchor.top) >= 1) scroller.scrollTop += topOf(element) - anchor.top;
}

/** Whether the newest messages are in view, and stay in view when more arrive. */
export const isAtEnd = () => isPinned && !room.isDetached();

function showJump() {
  jump.hidden = isAtEnd();
  const count = unseen.length === 1 ? "1 new message" : `${unseen.length} new messages`;
  document.getElementById("jump-to-latest-text").textContent = unseen.length ? count : "Jump to latest";
}

// Jumps to the first of the new messages, then to the last.
function jumpDown() {
  const first = document.getElementById(unseen[0]);
  if (!first || room.isDetached()) return jumpToBottom();
  unseen = [];
  first.scrollIntoView({ block: "start", behavior: "instant" });
  onScroll();
}

function jumpToBottom() {
  if (room.isDetached()) return location.assign(room.address);
  isPinned = isAtBottom = true;
  scroller.scrollTop = 0;
  unseen = [];
  showJump();
}

function onScroll() {
  isAtBottom = scroller.scrollTop === 0;
  isPinned = scroller.scrollTop > -NEAR_BOTTOM;
  if (!isAtEnd()) rememberVisible();
  else unseen = [];
  showJump();
}

function linkOlder() {
  const first = list.querySelector(".message");
  if (!first) return;
  const older = list.querySelector(".older") ?? copyOf("older-link");
  const link = older.firstElementChild;
  link.setAttribute("href", link.getAttribute("href").replace(/before=.*/, `before=${idOf(first)}`));
  if (list.firstElementChild !== older) list.prepend(older);
}

function trim() {
  if (list.childElementCount <= MOST + SLACK) return;
  const below = -scroller.scrollTop;
  const above = scroller.scrollHeight - scroller.clientHeight - below;
  if (below > above) {
    while (list.childElementCount > MOST) list.lastElementChild.remove();
    list.dataset.detached = "";
    return showJump();
  }
  const older = list.querySelector(".older");
  if (older?.ariaBusy === "true") return;
  older?.remove();
  while (list.childElementCount > MOST) list.firstElementChild.remove();
  linkOlder();
}

if (room.isLive) {
  scroller.addEventListener("scroll", onScroll, { passive: true });
  list.addEventListener("click", ({ target }) => target.closest(".gap") && remember(target.closest(".gap")));
  jump.addEventListener("click", () => (scroller.focus({ preventScroll: true }), jumpDown()));
  for (const event of [messageQueued, roomRead, listReplaced]) event.on(jumpToBottom);
  messagesArrived.on(({ others }) => {
    if (isPinned && !room.isDetached()) return;
    unseen.push(...others.map(({ id }) => id));
    showJump();
  });
  const observer = new MutationObserver(holdPosition);
  for (const place of [list, document.getElementById("outbox")]) observer.observe(place, { childList: true });
  new ResizeObserver(() => (isPinned ? holdPosition() : rememberVisible())).observe(scroller);
  // Runs after all observers: the position must be restored before it is measured.
  new MutationObserver(() => queueMicrotask(trim)).observe(list, { childList: true });
}
