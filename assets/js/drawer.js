// The rail: a popover on narrow screens, which goes back to its place when the window grows; and its list stays
// where it was scrolled to from page to page, with the current room in sight.
(() => {
  const rail = document.getElementById("rail");
  const list = document.getElementById("sidebar");
  if (!rail) return;
  const KEY = "rail";

  matchMedia("(min-width: 900px)").addEventListener("change", ({ matches }) => {
    if (matches && rail.matches(":popover-open")) rail.hidePopover();
  });

  function restore() {
    list.scrollTop = Number(sessionStorage.getItem(KEY) ?? 0);
    const current = list.querySelector("[aria-current]")?.parentElement;
    if (!current) return;
    const [area, row] = [list.getBoundingClientRect(), current.getBoundingClientRect()];
    if (row.top < area.top || row.bottom > area.bottom) list.scrollTop += row.top - area.top - area.height / 3;
  }

  addEventListener("pagehide", () => sessionStorage.setItem(KEY, list.scrollTop));
  rail.addEventListener("toggle", restore);
  restore();
})();
