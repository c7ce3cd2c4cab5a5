// Size of the picture in the viewer: fitted, or zoomed around the pointer. A zoomed picture is moved by scrolling or by
// dragging with the mouse.

const [STEP, MOST, WHEEL] = [1.5, 4, 0.002]; // factor of one step, largest scale, and exponent for each pixel of the wheel
const [SLOP, PAN] = [4, 80]; // px that a click may move, and px that one key press moves

/**
 * Zooms a picture in its stage.
 * @param onChange is called with whether the picture is zoomed
 */
export function pictureZoom(stage, picture, onChange) {
  let [width, height, scale] = [1, 1, null]; // a scale of null fits the picture to the stage
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

  // Zooms around a point of the window, by default the center of the stage.
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
  // Zooms to 100 %, or to 200 % if the picture already fits at 100 %.
  const toggle = (at) => (scale === null ? setScale(fitting() < 1 ? 1 : 2, at) : fit());

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    // Browsers report a touchpad pinch as a wheel event with the control key and small steps.
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
    /** Fits a picture of this size. */
    show: (size) => (([width, height] = size), fit()),
    isZoomed: () => scale !== null,
    /** Whether a click is on the stage beside the picture, and not the end of a drag. */
    isBeside: (event) => moved <= SLOP && !isOn(event),
    toggle,
    fit,
    zoomIn: () => setScale(current() * STEP),
    zoomOut: () => setScale(current() / STEP),
    /** Moves the visible part of a zoomed picture. */
    pan: (x, y) => stage.scrollBy(x * PAN, y * PAN),
  };
}
