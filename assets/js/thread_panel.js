// The thread panel: opens, closes, follows and unfollows a thread without leaving the page. The address, the Back
// button and the focus follow it.
import { fetchFragment, parseHtml, requestJson } from "./api.js";
import { replySent, threadChanged } from "./events.js";
import { isModified, popCloser, pushCloser } from "./keys.js";
import { isTouch, room } from "./room.js";
import { showMessage } from "./show_message.js";
import { showNotice } from "./status.js";

const { side } = room;
const current = () => side.querySelector(".thread")?.dataset.root;
const addressOf = (root) => `${room.address}/messages/${root}/thread`;
const followForm = () => side.querySelector(".thread__follow");
let [opener, latest] = [null, 0]; // `opener` is the element that gets the focus back

// Id of the root message if a link names a thread of this room, otherwise null.
function rootOf({ origin, pathname }) {
  const [, roomId, root] = pathname.match(/^\/rooms\/(\d+)\/messages\/(\d+)\/thread$/) ?? [];
  return origin === location.origin && roomId === room.id ? root : null;
}

function focusIn(hash) {
  const box = isTouch ? null : side.querySelector("#thread-reply");
  (box ?? side.querySelector(".thread__scroll")).focus({ preventScroll: true });
  if (hash) showMessage(hash.slice(1));
}

async function open(root, { hash = "", moves = true } = {}) {
  if (root === current()) return focusIn(hash);
  const mine = ++latest;
  const before = current();
  if (!before) opener = document.activeElement;
  side.ariaBusy = "true";
  const html = await fetchFragment(addressOf(root));
  if (mine !== latest) return;
  side.ariaBusy = null;
  if (html === null) return void showNotice("Couldn’t load this thread. Try again in a moment.");
  side.replaceChildren(...parseHtml(html).body.children);
  htmx.process(side);
  const address = addressOf(current()) + hash;
  if (moves && before) history.replaceState(history.state, "", address);
  else if (moves) history.pushState({ beside: true }, "", address);
  pushCloser(closeOnEscape);
  threadChanged.emit();
  focusIn(hash);
}

function clear() {
  const link = `#message-${current()} .message__thread`;
  latest++;
  side.ariaBusy = null;
  side.replaceChildren();
  popCloser(closeOnEscape);
  threadChanged.emit();
  const back = opener?.isConnected && opener !== document.body ? opener : document.querySelector(link);
  (back ?? room.scroller).focus({ preventScroll: true });
  opener = null;
}

function close() {
  if (history.state?.beside) return history.back(); // "popstate" clears
  history.replaceState(null, "", room.address);
  clear();
}

const closeOnEscape = ({ target }) => (room.isCovered() || side.contains(target)) && (close(), true);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href], [data-thread]");
  if (!link || event.defaultPrevented || isModified(event)) return;
  const isClose = link.matches(".thread__close");
  const root = link.dataset.thread ?? rootOf(link);
  if (isClose) close();
  else if (root) open(root, { hash: link.hash });
  if (isClose || root) event.preventDefault();
});

function followAddress() {
  const root = rootOf(location);
  if (root && root !== current()) open(root, { moves: false });
  else if (!root && current()) clear();
}

addEventListener("popstate", followAddress);

function showFollowing(isFollowing) {
  const button = followForm()?.elements.following;
  if (button) Object.assign(button, { value: !isFollowing, textContent: isFollowing ? "Unfollow" : "Follow" });
}

side.addEventListener("submit", async (event) => {
  if (event.target !== followForm()) return;
  event.preventDefault();
  const follows = followForm().elements.following.value === "true";
  const { ok } = await requestJson(follows ? "PUT" : "DELETE", followForm().action);
  if (ok) showFollowing(follows);
});

// A user who replies follows the thread, unless they unfollowed it before.
replySent.on(async () => {
  if (followForm()?.elements.following.value !== "true") return;
  const { ok, data } = await requestJson("GET", addressOf(current()));
  if (ok) showFollowing(data.following);
});

// A page that opens with a thread, such as from the list of threads, focuses it. Otherwise, the Back button may have
// changed the address before this script ran.
if (current()) {
  pushCloser(closeOnEscape);
  focusIn(location.hash);
} else followAddress();
