// Marks texts that are cut off on the pages of kept messages, so that it shows that there is more.
(() => {
  const bodies = document.querySelectorAll(".kept .message__body");
  if (!bodies.length) return;
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) target.toggleAttribute("data-clipped", target.scrollHeight > target.clientHeight + 2);
  });
  for (const body of bodies) observer.observe(body);
})();
