// The edge between room and thread: dragged, or moved with arrow keys. The browser stores the width.
import { threadChanged } from "./events.js";
import { room } from "./room.js";

const KEY = "thread-width";
const [LEAST, STEP] = [320, 32]; // px
const root = document.documentElement;
const isRtl = () => getComputedStyle(root).direction === "rtl";

function showWidth(width) {
  const values = { ariaValueNow: width, ariaValueMax: Math.max(LEAST, Math.round(innerWidth / 2)) };
  Object.assign(room.side.querySelector(".thread__edge") ?? {}, values);
}

function setWidth(width) {
  const fitting = Math.round(Math.max(LEAST, Math.min(width, innerWidth / 2)));
  root.style.setProperty("--thread-panel-width", `${fitting}px`);
  showWidth(fitting);
  try {
    localStorage.setItem(KEY, fitting);
  } catch {} // without storage, the width is lost when the page closes
}

function stored() {
  try {
    return Number(localStorage.getItem(KEY));
  } catch {
    return 0;
  }
}

room.side.addEventListener("pointerdown", (event) => {
  if (!event.target.matches(".thread__edge")) return;
  event.preventDefault();
  event.target.setPointerCapture(event.pointerId);
});
room.side.addEventListener("pointermove", ({ target, pointerId, clientX }) => {
  if (target.matches(".thread__edge") && target.hasPointerCapture(pointerId)) setWidth(isRtl() ? clientX : innerWidth - clientX);
});
room.side.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
  if (!step || !event.target.matches(".thread__edge")) return;
  event.preventDefault();
  setWidth(room.side.getBoundingClientRect().width + (isRtl() ? -step : step));
});
threadChanged.on(() => room.side.firstElementChild && showWidth(Math.round(room.side.getBoundingClientRect().width)));
if (stored()) setWidth(stored());
