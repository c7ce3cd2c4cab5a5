// More pictures for the viewer: parts of the history that are not on the page. The scripts of the room and the thread
// load them when their lines ("Older messages") are clicked.

const MOST_LOADS = 10; // in a row
const { DOCUMENT_POSITION_FOLLOWING: FOLLOWING } = Node;
const isBefore = (element, other) => Boolean(element.compareDocumentPosition(other) & FOLLOWING);

/**
 * Line of a list that stands for messages between a picture and the next one in a direction (1 or -1). Without a next
 * one, it stands for those up to the end of the room, and without a picture, for all before the next one.
 */
export function lineBeyond(list, { picture, next, direction }) {
  if (direction > 0) linkNewer(list);
  const isAhead = (from, to) => (direction > 0 ? isBefore(from, to) : isBefore(to, from));
  const lines = [...list.querySelectorAll(direction > 0 ? ".newer, .gap" : ".older, .gap")];
  if (direction < 0) lines.reverse();
  return lines.find((line) => (!picture || isAhead(picture, line)) && (!next || isAhead(line, next)));
}

// Adds a line for newer messages to a room's list that has dropped them at its end.
function linkNewer(list) {
  const last = list.lastElementChild;
  // The last message is noted, because a load may find nothing newer.
  if (!("detached" in list.dataset) || !last?.matches(".message") || list.dataset.detached === last.id) return;
  list.dataset.detached = last.id;
  const line = Object.assign(document.createElement("p"), { className: "newer" });
  const { pathname } = new URL(last.querySelector(".message__time").href);
  const href = pathname.replace(/\/(\d+)$/, "?since=$1");
  line.append(Object.assign(document.createElement("a"), { href, textContent: "Newer messages" }));
  list.append(line);
}

// Returns whether the messages of a line were loaded.
const loadLine = (list, line) =>
  new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (line.isConnected && line.ariaBusy === "true") return;
      observer.disconnect();
      resolve(!line.isConnected);
    });
    observer.observe(list, { childList: true, subtree: true, attributeFilter: ["aria-busy"] });
    line.querySelector("a").click();
  });

/** Loads messages while there is a line for them. Returns a text for the user if it stops before, or an empty one. */
export async function loadTowards(list, nextLine, tell) {
  for (let [line, loads] = [nextLine(), 0]; line; [line, loads] = [nextLine(), loads + 1]) {
    if (loads === MOST_LOADS) return "No pictures nearby. Try again to look further.";
    tell("Loading…");
    line.scrollIntoView({ block: "center", behavior: "instant" }); // a long list drops the end that is further away
    if (!(await loadLine(list, line))) return "Couldn’t load more pictures. Try again.";
  }
  return "";
}
