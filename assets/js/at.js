// Messages that an address or a link names: they come into sight and are marked; a link to one that stands here
// loads no page. Hears "chat:show" with the id of an element.
(() => {
  const room = document.getElementById("room");
  if (!room) return;

  const MARKED = 2500;

  function bring(message) {
    message.scrollIntoView({ block: "center", behavior: "instant" });
  }

  function show(message) {
    bring(message);
    message.dataset.shown = "";
    setTimeout(() => delete message.dataset.shown, MARKED);
  }

  // The messages of this room and the answers beside it, by the address of one.
  function named({ origin, pathname }) {
    const [, at, id] = (origin === location.origin && pathname.match(/^\/rooms\/(\d+)\/messages\/(\d+)$/)) || [];
    return at === room.dataset.room ? document.getElementById(`message-${id}`) : null;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#room a[href], #side a[href]");
    const message = link && !event.defaultPrevented && named(link);
    if (!message || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(message);
  });

  document.addEventListener("chat:show", ({ detail }) => {
    const message = document.getElementById(detail);
    if (message?.matches(".message")) show(message);
  });

  const at = document.getElementById(`message-${room.dataset.at}`);
  if (at) {
    bring(at);
    // The browser's own jump to the fragment comes later, and puts it at the edge.
    addEventListener("load", () => requestAnimationFrame(() => bring(at)), { once: true });
  }
})();
