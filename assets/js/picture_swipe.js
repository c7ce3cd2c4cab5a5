// Swiping through pictures with a finger. Two fingers, and a page that they have made larger, belong to the browser.

const [FAR, SLANT] = [50, 1.5]; // px of a swipe, and how much longer than high it is

/** Calls a function with the direction of a swipe: 1 for a finger that goes to the left, otherwise -1. */
export function onSwipe(stage, picture, isAllowed, call) {
  let start = null;
  const isPinched = () => (visualViewport?.scale ?? 1) > 1.01;

  const reset = () => {
    start = null;
    picture.style.removeProperty("translate");
  };

  stage.addEventListener("pointerdown", (event) => {
    const begins = event.pointerType === "touch" && event.isPrimary && isAllowed() && !isPinched();
    reset();
    if (begins) start = event;
  });
  stage.addEventListener("pointermove", ({ isPrimary, clientX }) => {
    if (start && isPrimary) picture.style.translate = `${clientX - start.clientX}px`;
  });
  stage.addEventListener("pointerup", ({ isPrimary, clientX, clientY }) => {
    const [x, y] = start && isPrimary ? [clientX - start.clientX, clientY - start.clientY] : [0, 0];
    reset();
    if (Math.abs(x) > FAR && Math.abs(x) > Math.abs(y) * SLANT) call(x < 0 ? 1 : -1);
  });
  stage.addEventListener("pointercancel", reset);
  visualViewport?.addEventListener("resize", () => stage.toggleAttribute("data-pinched", isPinched()));
}
