// Scrolling: stays at the newest message near the foot, stands still further up and counts what is new below.
(() => {
  const room = document.getElementById("room");
  const scroller = document.getElementById("timeline");
  const list = document.getElementById("messages");
  const jump = document.getElementById("jump");
  if (!jump) return;

  const NEAR = 100;
  let pinned = true;
  let atFoot = true; // exactly; then the browser itself stays there, and nothing needs to be measured
  let unseen = 0;
  let anchor = null; // what the reader looks at, and how far below the top edge it stands

  const top = (element) => element.getBoundingClientRect().top;
  const isDetached = () => "detached" in list.dataset;

  function remember() {
    const area = scroller.getBoundingClientRect();
    const middle = area.left + area.width / 2;
    anchor = null;
    for (let height = area.top + area.height / 3; !anchor && height < area.bottom; height += 20) {
      const element = document.elementFromPoint(middle, height)?.closest("#messages > *");
      if (element) keep(element);
    }
  }

  function keep(element) {
    anchor = { element, before: element.previousElementSibling, top: top(element) };
  }

  // What the reader looks at, or what has come in its place.
  function anchored() {
    if (!anchor || anchor.element.isConnected) return anchor?.element;
    return anchor.before?.isConnected ? anchor.before.nextElementSibling : null;
  }

  // The page is laid out from the foot up (see the style sheet): 0 is the foot, further up is negative.
  function hold() {
    const element = anchored();
    if (pinned && !isDetached()) {
      if (!atFoot) scroller.scrollTop = 0;
    } else if (element) {
      const moved = top(element) - anchor.top;
      if (Math.abs(moved) >= 1) scroller.scrollTop += moved;
    } else {
      remember();
    }
  }

  function show() {
    jump.hidden = unseen === 0 && !isDetached();
    const words = unseen === 1 ? "1 new message" : `${unseen} new messages`;
    document.getElementById("jump-text").textContent = unseen ? words : "Newest messages";
  }

  function toFoot() {
    if (isDetached()) return location.assign(`/rooms/${room.dataset.room}`);
    pinned = atFoot = true;
    unseen = 0;
    scroller.scrollTop = 0;
    show();
  }

  scroller.addEventListener(
    "scroll",
    () => {
      atFoot = scroller.scrollTop === 0;
      pinned = scroller.scrollTop > -NEAR;
      if (!pinned || isDetached()) return remember();
      if (unseen) {
        unseen = 0;
        show();
      }
    },
    { passive: true },
  );

  list.addEventListener("click", ({ target }) => {
    const gap = target.closest(".gap");
    if (gap) keep(gap);
  });

  jump.addEventListener("click", () => {
    scroller.focus({ preventScroll: true });
    toFoot();
  });

  document.addEventListener("chat:accepted", toFoot);
  document.addEventListener("chat:caught-up", toFoot);
  document.addEventListener("chat:anew", toFoot);
  document.addEventListener("chat:detached", show);
  document.addEventListener("chat:arrived", ({ detail }) => {
    if (pinned && !isDetached()) return;
    unseen += detail.fresh.filter((message) => message.dataset.author !== room.dataset.user).length;
    show();
  });

  const observer = new MutationObserver(hold);
  observer.observe(list, { childList: true });
  observer.observe(document.getElementById("outbox"), { childList: true });
  new ResizeObserver(() => (pinned ? hold() : remember())).observe(scroller);
})();
