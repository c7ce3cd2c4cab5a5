// The rail is a popover on narrow screens; when the window grows it goes back to its place.
(() => {
  const rail = document.getElementById("rail");
  if (!rail?.hidePopover) return;
  matchMedia("(min-width: 900px)").addEventListener("change", ({ matches }) => {
    if (matches && rail.matches(":popover-open")) rail.hidePopover();
  });
})();
