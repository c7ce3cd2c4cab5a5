// Crops a picture to a square. Dragging or arrow keys move it; pinching, the wheel, the slider, + or - zoom it; R and
// Shift+R turn it by 90 degrees. The state is in the data attributes of the canvas.
const [STEP, ZOOM_STEP, WHEEL] = [12, 1.15, 0.0015];
const pointers = new Map();
let [dialog, canvas, slider, bitmap] = [];

const state = () => Object.fromEntries(["x", "y", "turns"].map((name) => [name, Number(canvas.dataset[name])]));
const isTurned = () => state().turns % 2 === 1;

function draw() {
  const { width: side } = canvas;
  const context = canvas.getContext("2d");
  const [width, height] = isTurned() ? [bitmap.height, bitmap.width] : [bitmap.width, bitmap.height];
  const scale = (side / Math.min(width, height)) * Number(slider.value);
  const { x, y, turns } = state();
  const clamp = (at, length) => Math.max(-1, Math.min(1, at / Math.max((length * scale - side) / 2, 1e-9))) * ((length * scale - side) / 2);
  Object.assign(canvas.dataset, { x: clamp(x, width), y: clamp(y, height) });
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, side, side);
  context.imageSmoothingQuality = "high";
  context.translate(side / 2 + Number(canvas.dataset.x), side / 2 + Number(canvas.dataset.y));
  context.rotate((turns * Math.PI) / 2);
  context.scale(scale, scale);
  context.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2);
}

function move(dx, dy) {
  const { x, y } = state();
  Object.assign(canvas.dataset, { x: x + dx, y: y + dy });
  draw();
}

// Zooms around the center.
function zoom(to) {
  const before = Number(canvas.dataset.zoom);
  slider.value = to;
  const factor = Number(slider.value) / before;
  canvas.dataset.zoom = slider.value;
  const { x, y } = state();
  Object.assign(canvas.dataset, { x: x * factor, y: y * factor });
  draw();
}

// Turns the picture by 90 degrees, clockwise by default.
function rotate(isLeft) {
  const { x, y, turns } = state();
  Object.assign(canvas.dataset, isLeft ? { x: y, y: -x, turns: (turns + 3) % 4 } : { x: -y, y: x, turns: (turns + 1) % 4 });
  draw();
}

const KEYS = {
  ArrowLeft: () => move(-STEP, 0),
  ArrowRight: () => move(STEP, 0),
  ArrowUp: () => move(0, -STEP),
  ArrowDown: () => move(0, STEP),
  "+": () => zoom(slider.value * ZOOM_STEP),
  "=": () => zoom(slider.value * ZOOM_STEP),
  "-": () => zoom(slider.value / ZOOM_STEP),
  r: rotate,
};

function onKey(event) {
  const act = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (event.ctrlKey || event.metaKey || event.altKey || !act) return;
  event.preventDefault();
  act(event.shiftKey);
}

const distance = ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y);

function onMove({ pointerId, clientX, clientY }) {
  const before = pointers.get(pointerId);
  if (!before) return;
  const pixels = canvas.width / canvas.clientWidth;
  const apart = pointers.size === 2 && distance([...pointers.values()]);
  pointers.set(pointerId, { x: clientX, y: clientY });
  move(((clientX - before.x) * pixels) / pointers.size, ((clientY - before.y) * pixels) / pointers.size);
  if (apart) zoom((slider.value * distance([...pointers.values()])) / apart);
}

function listen() {
  canvas.addEventListener("keydown", onKey);
  slider.addEventListener("input", () => zoom(slider.value));
  canvas.addEventListener("wheel", (event) => (event.preventDefault(), zoom(slider.value * Math.exp(-event.deltaY * WHEEL))), { passive: false });
  canvas.addEventListener("pointerdown", ({ pointerId, clientX, clientY }) => {
    canvas.setPointerCapture(pointerId);
    pointers.set(pointerId, { x: clientX, y: clientY });
  });
  canvas.addEventListener("pointermove", onMove);
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, ({ pointerId }) => pointers.delete(pointerId));
  dialog.querySelector("[data-crop=rotate]").addEventListener("click", () => rotate(false));
}

/** Opens the dialog with a picture. Fails if the browser cannot decode it. @param {File} file */
export async function openCropper(element, file) {
  const picture = await createImageBitmap(file);
  if (!dialog) {
    [dialog, canvas, slider] = [element, element.querySelector("canvas"), element.querySelector("input")];
    listen();
  }
  bitmap?.close();
  [bitmap, slider.value] = [picture, 1];
  Object.assign(canvas.dataset, { x: 0, y: 0, turns: 0, zoom: 1 });
  draw();
  dialog.showModal();
  canvas.focus();
}

/** The visible square: JPEG if the file is one, otherwise PNG. @returns {Promise<Blob>} */
export const croppedSquare = (type) => new Promise((resolve) => canvas.toBlob(resolve, type === "image/jpeg" ? type : "image/png", 0.92));
