// The menu of a message (WAI-ARIA menu button): below "More", or a sheet under a finger that rests on the message.
(() => {
  const room = document.getElementById("room");
  const menu = document.getElementById("deeds-menu");
  if (!menu) return;

  const all = [...menu.querySelectorAll("[data-do]")];
  const items = () => all.filter((item) => item.checkVisibility());
  const numberOf = (message) => Number(message.id.match(/\d+$/)[0]);
  let opener = null; // the button to which the focus goes back
  let saved = null; // the numbers of what is saved in this room, once they are known

  const isOpen = () => menu.matches(":popover-open");
  const message = () => document.getElementById(menu.dataset.message);

  function label(item, on) {
    const words = item.querySelector("[data-off]");
    item.toggleAttribute("data-now", on);
    words.textContent = on ? words.dataset.on : words.dataset.off;
  }

  // The menu stays as wide as it is: only the words change when the answer comes.
  async function labelSaved(target) {
    const item = menu.querySelector("[data-do=save]");
    label(item, saved?.has(numberOf(target)) ?? false);
    if (saved) return;
    const { ok, data } = await askServer("GET", `/saved?room=${room.dataset.room}`);
    if (!ok) return;
    saved = new Set(data.ids);
    if (message()) label(item, saved.has(numberOf(message())));
  }

  function open(target, anchor) {
    const allowed = allowedOn(target);
    menu.dataset.message = target.id;
    menu.toggleAttribute("data-sheet", !anchor);
    for (const item of all) item.hidden = !allowed.has(item.dataset.do);
    menu.querySelector(".deedlist__quick").hidden = !allowed.has("react");
    menu.querySelector("[data-do=thread]").href = addressOf(target, "/thread");
    menu.querySelector("[data-do=thread]").dataset.thread = numberOf(target);
    menu.querySelector("[data-do=edits]").href = addressOf(target, "/edits");
    label(menu.querySelector("[data-do=pin]"), target.querySelector(".message__mark[href$='/pins']") !== null);
    labelSaved(target);
    opener = anchor;
    anchor?.setAttribute("aria-expanded", "true");
    menu.showPopover();
    if (anchor) placeNear(menu, anchor);
    else menu.style.removeProperty("inset");
    (anchor ? items()[0] : menu).focus({ preventScroll: true });
  }

  function close({ back = true } = {}) {
    if (!isOpen()) return;
    menu.hidePopover();
    opener?.setAttribute("aria-expanded", "false");
    if (back) opener?.focus({ preventScroll: true });
  }

  function walk(event) {
    const shown = items();
    const at = shown.indexOf(document.activeElement);
    const letter = event.key.length === 1 && event.key !== " " && event.key.toLowerCase();
    const next = {
      ArrowDown: () => shown[(at + 1) % shown.length],
      ArrowUp: () => shown.at(at < 0 ? -1 : (at - 1) % shown.length),
      Home: () => shown[0],
      End: () => shown.at(-1),
    }[event.key];
    if (next) return next();
    const from = [...shown.slice(at + 1), ...shown.slice(0, at + 1)];
    return letter && from.find((item) => item.textContent.trim().toLowerCase().startsWith(letter));
  }

  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Tab") return close();
    else if (event.key === " " && event.target.matches("a")) event.target.click();
    else {
      const next = walk(event);
      if (!next) return;
      next.focus();
    }
    event.preventDefault();
  });

  menu.addEventListener("click", ({ target }) => {
    const item = target.closest("[data-do]");
    if (!item) return;
    const detail = { what: item.dataset.do, message: message(), emoji: item.dataset.emoji, on: item.hasAttribute("data-now") };
    close();
    if (detail.message) document.dispatchEvent(new CustomEvent("chat:do", { detail }));
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || !event.target.matches?.(".message__action[data-do=menu]")) return;
    event.preventDefault();
    event.target.click();
  }, true);

  document.addEventListener("chat:do", ({ detail }) => {
    if (detail.what !== "menu") return;
    if (isOpen() && opener === detail.anchor) close();
    else open(detail.message, detail.anchor);
  });
  document.addEventListener("chat:saved", ({ detail: { id, saved: on } }) => (on ? saved?.add(id) : saved?.delete(id)));
  document.addEventListener("pointerdown", ({ target }) => {
    if (!(menu.contains(target) && target !== menu) && !opener?.contains(target)) close({ back: false });
  });
  document.getElementById("timeline").addEventListener("scroll", () => opener && close({ back: false }), { passive: true });
  addEventListener("resize", () => close({ back: false }));
})();
