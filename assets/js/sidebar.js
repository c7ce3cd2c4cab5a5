// The sidebar: keeps its scroll position, closed sections and filter from page to page. Pills show that unread rooms
// are out of view. The window title counts unread mentions and conversations in other rooms, replies in threads, and
// messages that arrived while the tab was hidden.
import { messagesArrived } from "./events.js";

const [sidebar, list, above, below] = ["sidebar-panel", "sidebar", "unread-above", "unread-below"].map((id) => document.getElementById(id));
const KEY = "sidebar-scroll";
const YEAR = 31_536_000; // s
const PILL_SPACE = 48; // px that a pill covers at either end of the list
let [title, missed, isDrawn] = [document.title, 0, true];
const boxes = () => [...list.querySelectorAll("details[id]")];
const filter = () => document.getElementById("unread-only");

function restoreScroll() {
  list.scrollTop = Number(sessionStorage.getItem(KEY) ?? 0);
  const current = list.querySelector("[aria-current]")?.parentElement;
  if (!current?.checkVisibility()) return;
  const [area, row] = [list.getBoundingClientRect(), current.getBoundingClientRect()];
  const isCovered = row.top < area.top + PILL_SPACE || row.bottom > area.bottom - PILL_SPACE;
  if (isCovered) list.scrollTop += row.top - area.top - area.height / 3;
}

function showCount() {
  const count = missed + Number(document.getElementById("unread-mentions").dataset.waiting);
  document.title = count ? `(${count}) ${title}` : title;
}

// A conversation has the names of its members, which may change.
function rename([{ target }]) {
  title = `${target.textContent} · ${document.querySelector(".sidebar-panel .logo").textContent.trim()}`;
  showCount();
}

function countMissed(messages) {
  missed = document.hidden ? missed + messages : 0;
  showCount();
}

// The unread rooms above and below the visible part of the list, nearest first.
function outOfSight() {
  const area = list.getBoundingClientRect();
  const rows = [...list.querySelectorAll(".sidebar-row:has([data-unread]):not(:has([aria-current]))")];
  const places = rows.filter((row) => row.checkVisibility()).map((row) => ({ row, at: row.getBoundingClientRect() }));
  const over = places.filter(({ at }) => at.bottom <= area.top + at.height / 2).reverse();
  return [over, places.filter(({ at }) => at.top >= area.bottom - at.height / 2)].map((all) => all.map(({ row }) => row));
}

function showPills() {
  isDrawn = true;
  const places = outOfSight();
  [above, below].forEach((pill, at) => (pill.hidden = !places[at].length));
}

function showPillsSoon() {
  if (!isDrawn) return;
  isDrawn = false;
  requestAnimationFrame(showPills);
}

function jump(at) {
  outOfSight()[at][0]?.scrollIntoView({ block: "center" });
  showPillsSoon();
}

// Stores the state in a cookie, from which the server renders the sidebar.
function remember() {
  const closed = boxes().filter((box) => box.matches(".sidebar__part:not([open])")).map(({ id }) => id.replace("part-", ""));
  const parts = filter().checked ? [...closed, "unread"] : closed;
  document.cookie = `sidebar=${parts.join(".")}; path=/; max-age=${YEAR}; samesite=lax`;
  showPillsSoon();
}

// Keeps menus and sections open or closed when the server sends a new list.
function preserve() {
  let before = null;
  document.addEventListener("htmx:before:swap", () => (before = [boxes().map(({ id, open }) => [id, open]), filter().checked]));
  document.addEventListener("htmx:after:swap", () => {
    for (const [id, open] of before[0]) {
      const box = document.getElementById(id);
      if (box && box.open !== open) box.open = open;
    }
    filter().checked = before[1];
  });
}

if (sidebar) {
  matchMedia("(min-width: 900px)").addEventListener("change", ({ matches }) => {
    if (matches && sidebar.matches(":popover-open")) sidebar.hidePopover();
  });
  addEventListener("pagehide", () => sessionStorage.setItem(KEY, list.scrollTop));
  sidebar.addEventListener("toggle", ({ target }) => target === sidebar && restoreScroll(), true);
  list.addEventListener("toggle", ({ target }) => target.matches(".sidebar__part") && remember(), true);
  list.addEventListener("change", remember);
  list.addEventListener("scroll", showPillsSoon, { passive: true });
  [above, below].forEach((pill, at) => pill.addEventListener("click", () => jump(at)));
  preserve();
  restoreScroll();
  messagesArrived.on(({ others }) => countMissed(others.length));
  document.addEventListener("visibilitychange", () => countMissed(0));
  new MutationObserver(() => (showCount(), showPillsSoon())).observe(sidebar, { childList: true, subtree: true });
  new ResizeObserver(showPillsSoon).observe(list);
  showCount();
  const name = document.getElementById("room-name");
  if (name) new MutationObserver(rename).observe(name, { childList: true });
}
