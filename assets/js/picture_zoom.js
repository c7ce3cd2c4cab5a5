// The size of the picture in the viewer: as large as fits, or zoomed, with the point under the pointer in its place. A
// zoomed picture is moved by scrolling; a mouse drags it.

const [STEP, MOST, WHEEL] = [1.5, 4, 0.002]; // factor of one step, the largest scale, and the power of a wheel's pixel
const [TREMBLE, PAN] = [4, 80]; // px that a click may move, and of one key

/**
 * Zooms a picture in its stage.
 * @param onChange is called with whether it is larger than what fits
 */
export function pictureZoom(stage, picture, onChange) {
  let [width, height, scale] = [1, 1, null]; // a scale of null is that which fits
  let [dragged, moved] = [null, 0];

  const fitting = () => Math.min(1, stage.clientWidth / width, stage.clientHeight / height);
  const largest = () => Math.max(MOST, fitting() * MOST);
  const current = () => scale ?? fitting();

  function apply() {
    const shown = current();
    picture.style.inlineSize = `${Math.max(1, width * shown)}px`;
    picture.style.blockSize = `${Math.max(1, height * shown)}px`;
    stage.toggleAttribute("data-zoomed", scale !== null);
    onChange(scale !== null);
  }

  const isOn = ({ clientX, clientY }) => {
    const { left, right, top, bottom } = picture.getBoundingClientRect();
    return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
  };

  const middle = () => {
    const area = stage.getBoundingClientRect();
    return { clientX: area.left + area.width / 2, clientY: area.top + area.height / 2 };
  };

  // The point of the picture that is at this place of the window stays there.
  function setScale(next, { clientX, clientY } = middle()) {
    const before = picture.getBoundingClientRect();
    const [x, y] = [(clientX - before.left) / before.width, (clientY - before.top) / before.height];
    const limited = Math.min(next, largest());
    scale = limited > fitting() * 1.001 ? limited : null;
    apply();
    const after = picture.getBoundingClientRect();
    stage.scrollBy(after.left + x * after.width - clientX, after.top + y * after.height - clientY);
  }

  const fit = () => ((scale = null), apply());
  // One pixel of the picture for one of the screen, or twice that where the picture fits anyway.
  const toggle = (at) => (scale === null ? setScale(fitting() < 1 ? 1 : 2, at) : fit());

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    // Two fingers on a touchpad are a wheel with the control key, and move less.
    const pixels = event.deltaY * (event.deltaMode ? 20 : 1) * (event.ctrlKey ? 5 : 1);
    setScale(current() * Math.exp(-pixels * WHEEL), event);
  }, { passive: false });
  stage.addEventListener("dblclick", (event) => isOn(event) && toggle(event));

  stage.addEventListener("pointerdown", (event) => {
    moved = 0;
    if (event.pointerType !== "mouse" || event.button || scale === null) return;
    dragged = event;
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const [x, y] = [event.clientX - dragged.clientX, event.clientY - dragged.clientY];
    moved += Math.abs(x) + Math.abs(y);
    stage.scrollBy(-x, -y);
    dragged = event;
  });
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => (dragged = null));
  new ResizeObserver(apply).observe(stage);

  return {
    /** Shows a picture of this size, as large as fits. */
    show: (size) => (([width, height] = size), fit()),
    isZoomed: () => scale !== null,
    /** Whether a click is on the stage beside the picture, and not the end of a drag. */
    isBeside: (event) => moved <= TREMBLE && !isOn(event),
    toggle,
    fit,
    zoomIn: () => setScale(current() * STEP),
    zoomOut: () => setScale(current() / STEP),
    /** Moves what is seen of a zoomed picture. */
    pan: (x, y) => stage.scrollBy(x * PAN, y * PAN),
  };
}
