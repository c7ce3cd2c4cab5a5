// Entry of every page. The sidebar is a drawer on narrow screens, and its list keeps its scroll position from page to
// page. The window's title counts mentions in other rooms, and messages that came while the tab was hidden.
import "./connection.js";
import { messagesArrived } from "./events.js";
import "./keys.js";
import "./local_time.js";
import "./search_boxes.js";

const [sidebar, list] = ["sidebar-panel", "sidebar"].map((id) => document.getElementById(id));
const KEY = "sidebar-scroll";
const title = document.title;
let missed = 0;

function restoreScroll() {
  list.scrollTop = Number(sessionStorage.getItem(KEY) ?? 0);
  const current = list.querySelector("[aria-current]")?.parentElement;
  if (!current) return;
  const [area, row] = [list.getBoundingClientRect(), current.getBoundingClientRect()];
  if (row.top < area.top || row.bottom > area.bottom) list.scrollTop += row.top - area.top - area.height / 3;
}

function showCount() {
  let count = missed;
  for (const badge of sidebar.querySelectorAll("a:not([aria-current]) .mention-badge")) {
    count += parseInt(badge.textContent.replace("@", ""), 10) || 0;
  }
  document.title = count ? `(${count}) ${title}` : title;
}

function countMissed(messages) {
  missed = document.hidden ? missed + messages : 0;
  showCount();
}

if (sidebar) {
  matchMedia("(min-width: 900px)").addEventListener("change", ({ matches }) => {
    if (matches && sidebar.matches(":popover-open")) sidebar.hidePopover();
  });
  addEventListener("pagehide", () => sessionStorage.setItem(KEY, list.scrollTop));
  sidebar.addEventListener("toggle", restoreScroll);
  restoreScroll();
  messagesArrived.on(({ others }) => countMissed(others.length));
  document.addEventListener("visibilitychange", () => countMissed(0));
  new MutationObserver(showCount).observe(sidebar, { childList: true, subtree: true });
  showCount();
}

// Texts that are cut off in lists of messages are marked, so that they show that there is more.
const cutOff = new ResizeObserver((entries) => {
  for (const { target } of entries) target.toggleAttribute("data-truncated", target.scrollHeight > target.clientHeight + 2);
});
for (const body of document.querySelectorAll(".message-cards .message__body")) cutOff.observe(body);
