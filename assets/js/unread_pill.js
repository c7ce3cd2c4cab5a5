// Jump to the first unread message: a page opens at the line "New", or shows a pill that loads it if the list does not
// reach back that far.
import { fetchFragment } from "./api.js";
import { messageQueued, roomRead } from "./events.js";
import { shortTime } from "./local_time.js";
import { idOf, messagesIn, room } from "./room.js";
import { placeDivider, unreadDivider } from "./unread_divider.js";

const { list, scroller } = room;
const pill = document.getElementById("unread-pill");
const first = Number(pill?.dataset.first);
const isListed = () => Boolean(document.getElementById(`message-${first}`));

/** Whether unread messages are missing from the list, so that those in it are not the next to read. */
export const isUnreadMissing = () => Boolean(pill?.isConnected) && !isListed() && Number(list.dataset.read) < first;

/** The message before the first gap among the unread messages: nothing after it counts as read. */
export function lastBeforeGap() {
  const before = pill?.isConnected && list.querySelector(".gap")?.previousElementSibling;
  return before && before.matches(".message") && idOf(before) >= first ? before : null;
}

// Loads the unread messages before those on the page, up to a line that loads the rest.
async function loadUnread() {
  const oldest = messagesIn(list)[0];
  pill.ariaBusy = "true";
  const html = await fetchFragment(`${room.address}/messages?since=${first - 1}&before=${idOf(oldest)}`);
  pill.ariaBusy = null;
  if (html === null) return false;
  const link = list.querySelector(".older a");
  link?.setAttribute("href", link.getAttribute("href").replace(/before=.*/, `before=${first}`));
  const day = oldest.previousElementSibling?.matches(".day") ? oldest.previousElementSibling : oldest;
  const at = Object.assign(document.createElement("p"), { hidden: true });
  day.before(at);
  await htmx.swap({ sourceElement: scroller, target: at, swap: "outerHTML", text: html });
  return isListed();
}

const showDivider = () => unreadDivider()?.scrollIntoView({ block: "start", behavior: "instant" });

async function jump() {
  if (!isListed() && !(await loadUnread())) return location.assign(pill.querySelector("a").href);
  placeDivider(first - 1);
  showDivider();
  delete pill.dataset.shown;
  scroller.focus({ preventScroll: true });
}

function openAtUnread() {
  const top = unreadDivider()?.getBoundingClientRect().top;
  if (isUnreadMissing()) pill.dataset.shown = "";
  else if (top < scroller.getBoundingClientRect().top) showDivider();
}

if (pill && room.isLive) {
  const time = pill.querySelector("time");
  if (time) time.textContent = shortTime(new Date(time.dateTime));
  pill.addEventListener("click", (event) => {
    if (!event.target.closest("a")) return;
    event.preventDefault();
    jump();
  });
  for (const event of [roomRead, messageQueued]) event.on(() => pill.remove());
  new MutationObserver(() => pill.toggleAttribute("data-shown", isUnreadMissing())).observe(list, { childList: true });
}
if (room.isLive && !room.element.dataset.permalink) openAtUnread();
