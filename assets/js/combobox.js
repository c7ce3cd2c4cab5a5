// Text box with a list of options (WAI-ARIA combobox): @names, the Ctrl-K switcher and the emoji search.

/**
 * Runs a search when the user has not typed for `wait` milliseconds.
 * @param {(isCurrent: () => boolean) => any} find runs the search; `isCurrent` is false once a later one has started
 */
export function searchWhileTyping(wait, find) {
  let [timer, latest, running] = [0, 0, null];

  function cancel() {
    timer = clearTimeout(timer) ?? 0;
    latest += 1;
  }
  function search() {
    cancel();
    const mine = latest;
    return (running = find(() => mine === latest));
  }
  function searchSoon() {
    clearTimeout(timer);
    timer = setTimeout(search, wait);
  }
  const settled = () => (timer ? search() : running); // the result for the latest text

  return { search, searchSoon, settled, cancel };
}

/** Tracks the selected option of a list. `input` returns the text box, which keeps the focus. */
export function selectableList(list, input) {
  const options = () => [...list.querySelectorAll("[role=option]")].filter((option) => !option.closest("[hidden]"));
  const selected = () => list.querySelector("[aria-selected=true]");

  function select(option) {
    selected()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    if (option?.id) input().setAttribute("aria-activedescendant", option.id);
    else input().removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  /** Moves the selection on arrow up or down. Returns whether the key was one of these. */
  function move({ key }) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (!step) return false;
    const all = options();
    const at = all.indexOf(selected());
    select(all.at(at < 0 ? Math.min(step, 0) : (at + step) % all.length));
    return true;
  }

  return { options, selected, select, move };
}

/** Places a top-layer element below its anchor, or above if there is more room, inside the window. */
export function placeNear(floating, anchor, { above = false, start = false } = {}) {
  const [MARGIN, GAP] = [8, 4];
  const view = visualViewport ?? { width: innerWidth, height: innerHeight, offsetTop: 0, offsetLeft: 0 };
  const at = anchor.getBoundingClientRect();
  floating.style.removeProperty("inset");
  const { width, height } = floating.getBoundingClientRect();
  const bottom = view.offsetTop + view.height - MARGIN;
  const under = at.bottom + GAP;
  const over = at.top - GAP - height;
  const fitsOver = over >= view.offsetTop + MARGIN;
  const top = above ? (fitsOver ? over : under) : under + height <= bottom || !fitsOver ? under : over;
  const fromLeft = start === (getComputedStyle(anchor).direction !== "rtl");
  const left = fromLeft ? at.left : at.right - width;
  const clamp = (value, least, most) => Math.max(least, Math.min(value, most));
  floating.style.inset = `${clamp(top, view.offsetTop + MARGIN, bottom - height)}px auto auto ${clamp(left, MARGIN, view.width - width - MARGIN)}px`;
}
