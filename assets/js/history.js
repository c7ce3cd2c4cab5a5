// Other parts of the history: older and newer messages near the ends of the list, missing ones when a gap is clicked,
// and the message that an address or a link names.
import { fetchFragment } from "./api.js";
import { isModified } from "./keys.js";
import { room } from "./room.js";
import { scrollToMessage, showMessage } from "./show_message.js";

const { list, scroller } = room;

/** Fetches the link in a line such as "Older messages"; `insert` puts the HTML in the place of the line. */
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
    // The list is laid out from the bottom up: what comes below would push up what the user reads.
    if (above) scroller.scrollTop += above.getBoundingClientRect().top - top;
    if (hasFocus) scroller.focus({ preventScroll: true });
  });
  list.ariaBusy = "false";
  if (line.isConnected) ends.unobserve(line); // it has failed
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

// Links to messages on the page load no page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("#room a[href], #thread-panel a[href]");
  if (!link || event.defaultPrevented || isModified(event) || link.origin !== location.origin) return;
  const [, roomId, id] = link.pathname.match(/^\/rooms\/(\d+)\/messages\/(\d+)$/) ?? [];
  if (roomId === room.id && showMessage(`message-${id}`)) event.preventDefault();
});

const linked = document.getElementById(`message-${room.element.dataset.permalink}`);
if (linked) {
  scrollToMessage(linked);
  // The browser's own jump to the fragment comes later, and puts it at the edge.
  const scrollSoon = () => requestAnimationFrame(() => scrollToMessage(linked));
  if (document.readyState === "complete") scrollSoon();
  else addEventListener("load", scrollSoon, { once: true });
}
