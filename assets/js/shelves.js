// In the card of emoji: searching by name, those used lately, and going through them with the arrow keys.
(() => {
  const picker = document.getElementById("emoji");
  if (!picker?.showPopover) return;

  const search = picker.querySelector(".emoji__search");
  const list = document.getElementById("emoji-list");
  const all = document.getElementById("emoji-all");
  const found = document.getElementById("emoji-found");
  const recent = document.getElementById("emoji-recent");
  const hint = picker.querySelector(".emoji__hint");

  const FOUND = 72;
  const RECENT = 18;
  const KEY = "emoji:recent";

  const ones = (root) => [...root.querySelectorAll(".emoji__one")];
  const shown = () => ones(list).filter((one) => !one.closest("[hidden]"));
  const cellsOf = (section) => section.querySelector(".emoji__grid");

  function lately() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? [];
    } catch {
      return [];
    }
  }

  function remember(emoji) {
    const kept = [emoji, ...lately().filter((other) => other !== emoji)].slice(0, RECENT);
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {} // then there are none the next time
  }

  function showRecent() {
    const known = new Map(ones(all).map((one) => [one.textContent, one]));
    const kept = lately().filter((emoji) => known.has(emoji));
    cellsOf(recent).replaceChildren(...kept.map((emoji) => known.get(emoji).cloneNode(true)));
    recent.hidden = !kept.length;
  }

  // What is called so comes before what begins so, and that before what only contains it.
  function rank(one, words) {
    const names = one.title.replaceAll(":", "").split(" ");
    if (!words.every((word) => names.some((name) => name.includes(word)))) return -1;
    const [first] = words;
    if (names.includes(words.join("_"))) return 0;
    return names.some((name) => name.startsWith(first)) ? 1 : 2;
  }

  function look() {
    const words = search.value.toLowerCase().replaceAll(":", "").split(/[\s_]+/).filter(Boolean);
    found.hidden = !words.length;
    all.hidden = words.length > 0;
    recent.hidden = words.length > 0 || !cellsOf(recent).firstElementChild;
    if (!words.length) return (hint.textContent = "");
    const ranked = ones(all).map((one) => ({ one, rank: rank(one, words) })).filter(({ rank }) => rank >= 0);
    ranked.sort((a, b) => a.rank - b.rank);
    const best = ranked.slice(0, FOUND).map(({ one }) => one.cloneNode(true));
    cellsOf(found).replaceChildren(...best);
    best[0]?.setAttribute("aria-selected", "true");
    hint.textContent = best[0]?.title ?? `No emoji is called “${search.value.trim()}”.`;
    list.scrollTop = 0;
  }

  // The next one in a direction, as they lie on the screen: rows are as long as there is room.
  function towards(from, key) {
    const cells = shown();
    const at = cells.indexOf(from);
    const forward = getComputedStyle(list).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (key === "Home") return cells[0];
    if (key === "End") return cells.at(-1);
    if (key === "ArrowLeft" || key === "ArrowRight") return cells[at + (key === forward ? 1 : -1)];
    const here = from.getBoundingClientRect();
    const way = key === "ArrowDown" ? 1 : -1;
    let best = null;
    for (let next = at + way; cells[next]; next += way) {
      const { top, left } = cells[next].getBoundingClientRect();
      if (Math.abs(top - here.top) < 4) continue;
      if (best && Math.abs(top - best.top) > 4) break;
      const off = Math.abs(left - here.left);
      if (!best || off < best.off) best = { top, off, cell: cells[next] };
    }
    return best?.cell;
  }

  picker.addEventListener("keydown", (event) => {
    const one = event.target.closest(".emoji__one");
    const isMove = event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End";
    if (event.target === search) {
      if (event.key === "ArrowDown") shown()[0]?.focus();
      else if (event.key === "Enter" && !event.isComposing) shown()[0]?.click();
      else return;
    } else if (one && isMove) (towards(one, event.key) ?? (event.key === "ArrowUp" ? search : one)).focus();
    else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) return search.focus();
    else return;
    event.preventDefault();
  });

  picker.addEventListener("click", ({ target }) => {
    const emoji = target.closest(".emoji__one")?.textContent;
    if (!emoji) return;
    remember(emoji);
    picker.dispatchEvent(new CustomEvent("emoji:chosen", { detail: emoji }));
  });

  for (const kind of ["focusin", "pointerover"]) {
    picker.addEventListener(kind, ({ target }) => (hint.textContent = target.closest(".emoji__one")?.title ?? hint.textContent));
  }
  search.addEventListener("input", look);
  for (const kind of ["emoji:open", "emoji:ready"]) picker.addEventListener(kind, () => (showRecent(), look()));
})();
