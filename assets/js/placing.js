// Puts what floats in the top layer beside what it belongs to: below it, or above where there is no room; inside the window.
function placeNear(floating, anchor, { above = false, start = false } = {}) {
  const MARGIN = 8;
  const GAP = 4;
  const view = visualViewport ?? { width: innerWidth, height: innerHeight, offsetTop: 0, offsetLeft: 0 };
  const at = anchor.getBoundingClientRect();
  floating.style.removeProperty("inset");
  const { width, height } = floating.getBoundingClientRect();
  const foot = view.offsetTop + view.height - MARGIN;
  const under = at.bottom + GAP;
  const over = at.top - GAP - height;
  const fitsOver = over >= view.offsetTop + MARGIN;
  const top = above ? (fitsOver ? over : under) : under + height <= foot || !fitsOver ? under : over;
  const fromLeft = start === (getComputedStyle(anchor).direction !== "rtl");
  const left = fromLeft ? at.left : at.right - width;
  const clamp = (value, least, most) => Math.max(least, Math.min(value, most));
  floating.style.inset = `${clamp(top, view.offsetTop + MARGIN, foot - height)}px auto auto ${clamp(left, MARGIN, view.width - width - MARGIN)}px`;
}
