// The image in the viewer: the large copy over its placeholder, the original when zoomed, or an error.
import { viewer, viewerButton, viewerPart } from "./viewer_dialog.js";

const [place, error, playButton] = [viewerPart("picture"), viewerPart("error"), viewerButton("play")];
const prefersStill = matchMedia("(prefers-reduced-motion: reduce)");
const current = () => place.querySelector("img");

// Still copy of an animation, for users who prefer reduced motion.
const stillOf = (picture) => (prefersStill.matches ? picture.querySelector("source")?.srcset : null);

/** Shows an error instead of the image, with a link to the original if `href` is given. */
export function showImageError(text, href = "") {
  place.replaceChildren();
  delete place.dataset.loaded;
  error.querySelector("span").textContent = text;
  Object.assign(error.querySelector("a"), { href, hidden: !href });
  error.hidden = false;
}

/** Shows a picture of the page. `next` is the one to preload afterwards. */
export function showImage(picture, { next, plays = false }) {
  const still = plays ? null : stillOf(picture);
  const image = Object.assign(document.createElement("img"), { className: "viewer__image", alt: picture.querySelector("img").alt, draggable: false });
  const placeholder = picture.querySelector("svg").cloneNode(true);
  const isCurrent = () => image === current();
  placeholder.setAttribute("class", "viewer__placeholder");
  delete place.dataset.loaded;
  playButton.hidden = !still;
  error.hidden = true;
  image.dataset.original = picture.href;
  image.onload = () => {
    if (!isCurrent()) return;
    place.dataset.loaded = "";
    if (next && !navigator.connection?.saveData) new Image().src = stillOf(next) ?? next.dataset.large;
  };
  image.onerror = () => isCurrent() && showImageError("Couldn’t load this picture.", picture.href);
  image.src = still ?? picture.dataset.large;
  place.replaceChildren(placeholder, image);
}

/** Replaces the large copy with the original, once it has loaded. */
export async function sharpenImage() {
  const image = current();
  if (!image || !playButton.hidden || image.src === image.dataset.original || image.dataset.sharp) return;
  image.dataset.sharp = "true";
  const original = Object.assign(new Image(), { src: image.dataset.original });
  const isLoaded = await original.decode().then(() => true, () => false);
  if (isLoaded && image === current()) image.src = original.src;
}

playButton.addEventListener("click", () => {
  viewerButton("close").focus();
  playButton.hidden = true;
  if (current()) current().src = current().dataset.original;
});
viewer.addEventListener("close", () => place.replaceChildren());
