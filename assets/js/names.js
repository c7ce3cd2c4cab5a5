// Names that are offered while one types "@ad": a list box at the box, chosen with the keyboard or a click (WAI-ARIA combobox).
(() => {
  const room = document.getElementById("room");
  const list = document.getElementById("names");
  if (!list?.showPopover) return;

  const BOXES = "#composer textarea, .edit textarea, .thread__composer textarea";
  const WAIT = 100;
  let box = null;
  let timer = 0;
  let asked = 0;

  const isOpen = () => list.matches(":popover-open");
  const options = () => [...list.querySelectorAll("[role=option]")];
  const active = () => list.querySelector("[aria-selected=true]");

  // The beginning of a name right before the caret; what a name is made of, the server knows better.
  function typed() {
    if (box.selectionStart !== box.selectionEnd) return null;
    const before = box.value.slice(0, box.selectionStart);
    return before.match(/(?:^|[^\p{L}\p{N}\p{M}_.@-])@([\p{L}\p{N}\p{M}_.-]{0,32})$/u)?.[1] ?? null;
  }

  function choose(option) {
    for (const one of options()) one.setAttribute("aria-selected", one === option);
    box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    if (!isOpen()) return;
    list.hidePopover();
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  const place = () => placeNear(list, box, { above: true, start: true });

  function open() {
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-haspopup", "listbox");
    box.setAttribute("aria-controls", list.id);
    box.setAttribute("aria-expanded", "true");
    if (!isOpen()) list.showPopover();
    place();
    choose(options()[0]);
  }

  async function ask() {
    const mine = ++asked;
    const begin = typed();
    const address = `/rooms/${room.dataset.room}/names?q=${encodeURIComponent(begin)}`;
    const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    const text = answer?.ok && !answer.redirected ? await answer.text() : "";
    if (mine !== asked || typed() !== begin) return;
    if (!text.trim()) return close();
    await htmx.swap({ sourceElement: list, target: list, swap: "innerHTML", text });
    const oneself = document.getElementById(`name-${room.dataset.user}`);
    if (oneself) list.append(oneself); // meant least often
    if (mine === asked && options().length) open();
  }

  function insert(option) {
    const end = box.selectionStart;
    const start = end - typed().length;
    const space = /^\s/.test(box.value.slice(end)) ? "" : " ";
    const name = option.dataset.name + space;
    close();
    box.setRangeText(name, start, end, "end");
    if (!space) box.setSelectionRange(box.selectionEnd + 1, box.selectionEnd + 1);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("input", ({ target }) => {
    if (!target.matches(BOXES)) return;
    box = target;
    if (typed() === null) return close();
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });

  // Before the box itself hears of it: Enter would send, Esc would mark everything as read.
  document.addEventListener("keydown", (event) => {
    if (!isOpen() || event.target !== box || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = options();
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (way) choose(all.at((all.indexOf(active()) + way) % all.length));
    else if (event.key === "Escape") close();
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && typed() !== null) insert(active());
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", ({ target }) => {
    const option = target.closest("[role=option]");
    if (option && typed() !== null) insert(option);
  });
  document.addEventListener("selectionchange", () => {
    if (isOpen() && (document.activeElement !== box || typed() === null)) close();
  });
  addEventListener("resize", () => isOpen() && place());
  document.addEventListener("focusout", ({ target }) => target === box && close());
  for (const name of ["chat:accepted", "chat:outside"]) document.addEventListener(name, close);
})();
