// The thread beside the room: opens and closes without leaving the page; the address, Back and the focus go with it.
// Opens on a click on a way to a thread of this room, or on "chat:thread" with the number of a message.
// Says "chat:beside" when something else stands there, and "chat:show" for an answer that the way names.
(() => {
  const room = document.getElementById("room");
  const side = document.getElementById("side");
  if (!side) return;

  const base = `/rooms/${room.dataset.room}`;
  const onTouch = matchMedia("(hover: none) and (pointer: coarse)").matches;
  const say = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const current = () => side.querySelector(".thread")?.dataset.root;
  const addressOf = (root) => `${base}/messages/${root}/thread`;
  let opener = null;
  let asked = 0;

  function named({ origin, pathname }) {
    const [, at, root] = (origin === location.origin && pathname.match(/^\/rooms\/(\d+)\/messages\/(\d+)\/thread$/)) || [];
    return at === room.dataset.room ? root : null;
  }

  async function fetchThread(root) {
    const answer = await fetch(addressOf(root), { headers: { "HX-Request": "true" } });
    if (answer.status === 401 || answer.redirected) location.assign("/login");
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.text();
  }

  function complain() {
    const notice = document.getElementById("notice")?.content.firstElementChild.cloneNode(true);
    if (!notice) return false;
    notice.querySelector("span").textContent = "The thread could not be loaded. Try again in a moment.";
    document.getElementById("notices").append(notice);
    return true;
  }

  function focusIn(hash) {
    const box = onTouch ? null : side.querySelector("#answer");
    (box ?? side.querySelector(".thread__scroll")).focus({ preventScroll: true });
    if (hash) say("chat:show", hash.slice(1));
  }

  async function open(root, { hash = "", moves = true } = {}) {
    if (root === current()) return focusIn(hash);
    const mine = ++asked;
    const before = current();
    if (!before) opener = document.activeElement;
    side.ariaBusy = "true";
    try {
      const text = await fetchThread(root);
      if (mine !== asked) return;
      side.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.children);
      htmx.process(side);
    } catch {
      if (mine === asked && !complain()) location.assign(addressOf(root));
      return;
    } finally {
      if (mine === asked) side.ariaBusy = null;
    }
    const address = addressOf(current()) + hash;
    if (moves && before) history.replaceState(history.state, "", address);
    else if (moves) history.pushState({ beside: true }, "", address);
    say("chat:beside");
    focusIn(hash);
  }

  function clear() {
    const link = `#message-${current()} .message__thread`;
    asked++;
    side.ariaBusy = null;
    side.replaceChildren();
    say("chat:beside");
    const back = opener?.isConnected && opener !== document.body ? opener : document.querySelector(link);
    (back ?? document.getElementById("timeline")).focus({ preventScroll: true });
    opener = null;
  }

  function close() {
    if (history.state?.beside) return history.back(); // what follows comes with "popstate"
    history.replaceState(null, "", base);
    clear();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href], [data-thread]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const closes = link.matches(".thread__close");
    const root = link.dataset.thread ?? named(link);
    if (!closes && !root) return;
    event.preventDefault();
    if (closes) close();
    else open(root, { hash: link.hash });
  });

  // Later than the others: what lies above the thread, or is being written in it, closes first.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || !current()) return;
    if (document.querySelector("dialog[open], :popover-open, details.menu[open]")) return;
    const covers = !room.checkVisibility({ visibilityProperty: true });
    if (!covers && !side.contains(event.target)) return;
    event.preventDefault();
    close();
  });

  addEventListener("popstate", () => {
    const root = named(location);
    if (root && root !== current()) open(root, { moves: false });
    else if (!root && current()) clear();
  });

  document.addEventListener("chat:thread", ({ detail }) => open(String(detail)));
  if (current() && location.hash) say("chat:show", location.hash.slice(1));
})();
