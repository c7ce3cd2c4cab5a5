// A finger that rests on a message opens its menu.
(() => {
  const list = document.getElementById("messages");
  const scroller = document.getElementById("timeline");
  if (!list) return;

  const LONG = 500;
  const MOVED = 10; // px; less is a finger that trembles
  const AFTER = 400; // ms in which a click still comes from the finger that went
  let timer = 0;
  let from = null;
  let pressed = false;
  let gone = Infinity; // when it went

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
    gone = Infinity;
    const message = event.target.closest("#messages .message, #side .message");
    if (event.pointerType !== "touch" || !event.isPrimary || !message || event.target.closest(".edit")) return;
    from = event;
    timer = setTimeout(open, LONG, message);
  });

  document.addEventListener("pointermove", (event) => {
    if (timer && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > MOVED) stop();
  });

  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, ({ timeStamp }) => {
      stop();
      gone = timeStamp;
    });
  }
  scroller.addEventListener("scroll", stop, { passive: true });

  // The browser's own menu is not meant, nor the click at what has come to lie under the finger when it goes.
  document.addEventListener("contextmenu", (event) => (pressed || timer) && event.preventDefault());
  document.addEventListener(
    "click",
    (event) => {
      if (!pressed || event.timeStamp > gone + AFTER) return;
      pressed = false;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
})();
