// The sidebar: a drawer on narrow screens; its list keeps its scroll position from page to page; the window's title
// counts mentions in other rooms, and messages that came while the tab was hidden.
import { messagesArrived } from "./events.js";

const sidebar = document.getElementById("rail");
const list = document.getElementById("sidebar");
const KEY = "rail";
const title = document.title;
let missed = 0;

function restoreScroll() {
  list.scrollTop = Number(sessionStorage.getItem(KEY) ?? 0);
  const current = list.querySelector("[aria-current]")?.parentElement;
  if (!current) return;
  const [area, row] = [list.getBoundingClientRect(), current.getBoundingClientRect()];
  if (row.top < area.top || row.bottom > area.bottom) list.scrollTop += row.top - area.top - area.height / 3;
}

function mentionsElsewhere() {
  const badges = sidebar.querySelectorAll("a:not([aria-current]) .badge--loud");
  return [...badges].reduce((sum, badge) => sum + (parseInt(badge.textContent.replace("@", ""), 10) || 0), 0);
}

function showCount() {
  const count = missed + mentionsElsewhere();
  document.title = count ? `(${count}) ${title}` : title;
}

if (sidebar) {
  matchMedia("(min-width: 900px)").addEventListener("change", ({ matches }) => {
    if (matches && sidebar.matches(":popover-open")) sidebar.hidePopover();
  });
  addEventListener("pagehide", () => sessionStorage.setItem(KEY, list.scrollTop));
  sidebar.addEventListener("toggle", restoreScroll);
  restoreScroll();

  messagesArrived.on(({ others }) => {
    if (!document.hidden) return;
    missed += others.length;
    showCount();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    missed = 0;
    showCount();
  });
  new MutationObserver(showCount).observe(sidebar, { childList: true, subtree: true });
  showCount();
}
