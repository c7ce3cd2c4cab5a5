// A finger that rests on a message opens its menu.
(() => {
  const list = document.getElementById("messages");
  const scroller = document.getElementById("timeline");
  if (!list) return;

  const LONG = 500;
  const MOVED = 10; // px; less is a finger that trembles
  let timer = 0;
  let from = null;
  let pressed = false;

  function stop() {
    clearTimeout(timer);
    timer = 0;
  }

  function open(message) {
    timer = 0;
    pressed = true;
    navigator.vibrate?.(10);
    if (message.isConnected) document.dispatchEvent(new CustomEvent("chat:do", { detail: { what: "menu", message } }));
  }

  document.addEventListener("pointerdown", (event) => {
    stop();
    pressed = false;
    const message = event.target.closest("#messages .message, #side .message");
    if (event.pointerType !== "touch" || !event.isPrimary || !message || event.target.closest(".edit")) return;
    from = event;
    timer = setTimeout(open, LONG, message);
  });

  document.addEventListener("pointermove", (event) => {
    if (timer && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > MOVED) stop();
  });

  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, stop);
  scroller.addEventListener("scroll", stop, { passive: true });

  // The browser's own menu, and the click that comes when the finger goes, are not meant.
  document.addEventListener("contextmenu", (event) => {
    if (!pressed && !timer) return;
    event.preventDefault();
  });
  document.addEventListener(
    "click",
    (event) => {
      if (!pressed || !event.target.closest(".message")) return;
      pressed = false;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
})();
