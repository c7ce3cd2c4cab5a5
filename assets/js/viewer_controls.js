// Buttons and keys of the picture viewer.
import { viewer } from "./viewer_dialog.js";

const PANS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/** Direction of the right arrow key: 1 forward, or -1 back in right-to-left pages. */
export const forward = () => (getComputedStyle(viewer).direction === "rtl" ? -1 : 1);

/** Calls these functions for the buttons and keys of the viewer. A click beside the picture closes it. */
export function controlViewer({ stage, zoom, step, goToEnd, goToMessage }) {
  const buttons = { close: () => viewer.close(), previous: () => step(-1), next: () => step(1), zoom: () => zoom.toggle(), message: goToMessage };
  const keys = {
    ArrowLeft: () => step(-forward()), ArrowRight: () => step(forward()), Home: () => goToEnd(0), End: () => goToEnd(-1),
    "+": zoom.zoomIn, "=": zoom.zoomIn, "-": zoom.zoomOut, 0: zoom.fit,
  };

  viewer.addEventListener("keydown", (event) => {
    const { key, shiftKey } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = zoom.isZoomed() && (shiftKey || key.endsWith("Up") || key.endsWith("Down")) && PANS[key];
    if (pan) zoom.pan(...pan);
    else if (keys[key] && !(shiftKey && key.length > 1)) keys[key]();
    else return;
    event.preventDefault();
  });
  viewer.addEventListener("click", (event) => {
    buttons[event.target.closest("[data-viewer]")?.dataset.viewer]?.(event);
    if (event.target === stage && zoom.isBeside(event)) viewer.close();
  });
}
