// How far the reader has read: told to the server when the newest message is seen in a visible tab, at the foot.
// Esc reads everything. What was marked unread stays so until the page is left.
(() => {
  const room = document.getElementById("room");
  const list = document.getElementById("messages");
  const scroller = document.getElementById("timeline");
  const line = document.getElementById("connection");
  const box = document.getElementById("composer")?.elements.body;
  if (!room?.hasAttribute("hx-ws:connect")) return;

  const NEAR = 100;
  const PACE = 1000;
  let socket = null;
  let told = Number(list.dataset.read);
  let confirmed = told; // the last position that the server has said
  let held = false;
  let timer = 0;
  let last = 0;

  const address = `/rooms/${room.dataset.room}/read`;
  const newest = () => Number([...list.querySelectorAll(".message")].at(-1)?.id.slice(8) ?? 0);
  const isCovered = () => !scroller.checkVisibility({ visibilityProperty: true }); // by a thread, on a narrow screen
  const isSeen = () =>
    !document.hidden && !held && !isCovered() && scroller.scrollTop > -NEAR && !("detached" in list.dataset) && !("outside" in room.dataset);

  const put = (body) =>
    fetch(address, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

  function tell() {
    timer = 0;
    const id = newest();
    if (id <= told || !isSeen()) return;
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ read: id }));
    else if (line.dataset.mode === "polling") put({ up_to: id }).catch(() => {});
    else return;
    last = Date.now();
    told = id;
    list.dataset.read = id;
  }

  function look() {
    if (timer || newest() <= told) return;
    timer = setTimeout(tell, Math.max(0, last + PACE - Date.now()));
  }

  function readAll() {
    held = false;
    list.dataset.read = told = Math.max(told, newest());
    put({}).catch(() => (told = confirmed));
    document.dispatchEvent(new CustomEvent("chat:caught-up"));
  }

  // The counts of this room beside the page carry the position: further back means "marked unread", here or elsewhere.
  function follow() {
    const badges = document.getElementById(`unread-${room.dataset.room}`);
    const read = Number(badges?.dataset.read ?? confirmed);
    if (read === confirmed) return;
    held = read < confirmed;
    told = held ? read : Math.max(told, read);
    confirmed = read;
    list.dataset.read = told;
    document.dispatchEvent(new CustomEvent("chat:read-moved"));
  }

  room.addEventListener("htmx:ws:after:connection", ({ detail: { connection } }) => {
    socket = connection.socket;
    told = confirmed; // what was said into a connection that died may not have been heard
    look();
  });

  document.addEventListener("chat:marked-unread", ({ detail }) => {
    clearTimeout(timer);
    timer = 0;
    held = true;
    list.dataset.read = told = confirmed = detail - 1;
    document.dispatchEvent(new CustomEvent("chat:read-moved"));
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    if (document.querySelector("dialog[open], :popover-open, details.menu[open]")) return;
    if (isCovered() || event.target.closest?.("#side")) return;
    if (box?.value && document.activeElement === box) return;
    readAll();
  });

  document.addEventListener("chat:accepted", () => (held = false));
  document.addEventListener("chat:arrived", look);
  document.addEventListener("chat:beside", look);
  document.addEventListener("chat:polling", look);
  document.addEventListener("visibilitychange", look);
  scroller.addEventListener("scroll", look, { passive: true });
  const changes = { childList: true, subtree: true, attributes: true, attributeFilter: ["data-read"] };
  new MutationObserver(follow).observe(document.getElementById("rail"), changes);
  look();
})();
