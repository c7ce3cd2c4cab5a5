// Swipes through pictures with one finger. Pinching, and moving a pinched page, are left to the browser.

const [FAR, SLANT] = [50, 1.5]; // shortest swipe (px), and least ratio of width to height

/** Calls a function with the direction of a swipe: 1 to the left, -1 to the right. */
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
