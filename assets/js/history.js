// Loads other parts of the history: older and newer messages near the ends of the list, missing ones when a gap is
// clicked. Shows the message that the address or a link names.
import { fetchFragment } from "./api.js";
import { isModified } from "./keys.js";
import { room } from "./room.js";
import { scrollToMessage, showMessage } from "./show_message.js";

const { list, scroller } = room;

/** Fetches the link of a line such as "Older messages"; `insert` replaces the line with the HTML. */
export async function loadMore(line, insert) {
  if (line.ariaBusy === "true") return;
  const link = line.querySelector("a");
  line.ariaBusy = "true";
  link.textContent = "Loading…";
  const html = await fetchFragment(link.href);
  if (html !== null) return insert(html);
  line.ariaBusy = "false";
  link.textContent = "Couldn’t load. Retry";
}

async function load(line) {
  if (line.ariaBusy === "true") return;
  const hasFocus = line.contains(document.activeElement);
  const above = line.matches(".newer") && line.previousElementSibling;
  list.ariaBusy = "true";
  await loadMore(line, async (text) => {
    const top = above && above.getBoundingClientRect().top;
    await htmx.swap({ sourceElement: scroller, target: line, swap: "outerHTML", text });
    // The list is laid out from the bottom up, so new messages below would push up the visible ones.
    if (above) scroller.scrollTop += above.getBoundingClientRect().top - top;
    if (hasFocus) scroller.focus({ preventScroll: true });
  });
  list.ariaBusy = "false";
  if (line.isConnected) ends.unobserve(line); // loading failed
}

const loadNear = (entries) => entries.forEach(({ isIntersecting, target }) => isIntersecting && load(target));
const ends = new IntersectionObserver(loadNear, { root: scroller, rootMargin: "600px 0px" });
function watchEnds() {
  ends.disconnect();
  for (const end of [list.firstElementChild, list.lastElementChild]) if (end?.matches(".older, .newer")) ends.observe(end);
}

list.addEventListener("click", (event) => {
  const line = event.target.closest(".older a, .newer a, .gap a")?.parentElement;
  if (!line || isModified(event)) return;
  event.preventDefault();
  load(line);
});
new MutationObserver(watchEnds).observe(list, { childList: true });
watchEnds();

// A link to a message on the page scrolls to it without loading a page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("#room a[href], #thread-panel a[href]");
  if (!link || event.defaultPrevented || isModified(event) || link.origin !== location.origin) return;
  const [, roomId, id] = link.pathname.match(/^\/rooms\/(\d+)\/messages\/(\d+)$/) ?? [];
  if (roomId === room.id && showMessage(`message-${id}`)) event.preventDefault();
});

const linked = document.getElementById(`message-${room.element.dataset.permalink}`);
if (linked) {
  scrollToMessage(linked);
  // The browser later jumps to the fragment itself, which puts the message at the edge.
  const scrollSoon = () => requestAnimationFrame(() => scrollToMessage(linked));
  if (document.readyState === "complete") scrollSoon();
  else addEventListener("load", scrollSoon, { once: true });
}
