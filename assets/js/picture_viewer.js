// The picture viewer: a dialog that shows the pictures of a list, starting with the clicked one. Without this script,
// or with a modifier key, the link opens the original.
import { messagesArrived } from "./events.js";
import { isModified } from "./keys.js";
import { onSwipe } from "./picture_swipe.js";
import { pictureZoom } from "./picture_zoom.js";
import { showMessage } from "./show_message.js";
import { controlViewer, forward } from "./viewer_controls.js";
import { ENTRIES, describePicture, entryOf, viewer, viewerButton, viewerPart } from "./viewer_dialog.js";
import { lineBeyond, loadTowards } from "./viewer_history.js";
import { sharpenImage, showImage, showImageError } from "./viewer_image.js";

const LISTS = ["#messages", "#thread-panel", "body"];
const [stage, place, status] = [viewerPart("stage"), viewerPart("picture"), viewer.querySelector("[role=status]")];
const zoom = pictureZoom(stage, place, onZoom);
// Messages may be replaced while the viewer is open, so a picture is identified by message and address. `at` is its
// index.
let [shown, opener, list, at] = [null, null, "body", 0];

const pictures = () => [...document.querySelectorAll(`${list} ${ENTRIES} .picture`)];
const keyOf = (picture) => ({ message: entryOf(picture).id, href: picture.href });
const find = (key) => pictures().find((each) => each.href === key.href && entryOf(each).id === key.message);

function onZoom(isZoomed) {
  viewerButton("zoom").ariaPressed = isZoomed;
  if (isZoomed) sharpenImage();
}

// Line for messages between the shown picture and the next one in a direction, which are not on the page.
function lineTo(direction) {
  const all = pictures();
  const found = all.indexOf(find(shown));
  return found < 0 ? null : lineBeyond(document.querySelector(list), all[found], all[found + direction], direction);
}

// Shows the position among the pictures now on the page. A picture that is no longer there has none.
function showPosition() {
  const all = pictures();
  const found = all.indexOf(find(shown));
  at = found < 0 ? Math.min(at, all.length) : found;
  const last = found < 0 ? all.length : all.length - 1;
  const [isFirst, isLast] = [at === 0 && !lineTo(-1), at >= last && !lineTo(1)];
  viewerPart("position").textContent = found < 0 ? "" : `${at + 1} of ${all.length}`;
  viewerButton("previous").ariaDisabled = isFirst;
  viewerButton("next").ariaDisabled = isLast;
  viewer.toggleAttribute("data-alone", found >= 0 && isFirst && isLast);
}

function show(picture, options) {
  shown = keyOf(picture);
  delete viewer.dataset.gone;
  showPosition();
  describePicture(picture);
  showImage(picture, { next: pictures()[at + 1], ...options });
  zoom.show([picture.dataset.width, picture.dataset.height].map(Number));
}

function open(picture) {
  list = LISTS.find((each) => picture.closest(each));
  opener = keyOf(picture);
  status.textContent = "";
  viewer.showModal();
  show(picture, { plays: true });
}

function goTo(index) {
  const picture = pictures()[index];
  if (!picture || index === (find(shown) ? at : -1)) return;
  show(picture);
  status.textContent = `${viewerPart("position").textContent}: ${picture.querySelector("img").alt}`;
}

const tell = (text) => (viewerPart("position").textContent = status.textContent = text);

// Goes to the next picture in a direction. Loads the messages before it if they are not on the page.
async function step(by) {
  const start = shown;
  const isSame = () => viewer.open && shown === start;
  if (lineTo(by)) entryOf(find(shown)).scrollIntoView({ block: "center", behavior: "instant" }); // a long list drops its far end
  const problem = await loadTowards(document.querySelector(list), () => isSame() && lineTo(by), tell);
  if (!isSame()) return;
  showPosition();
  if (problem) tell(problem);
  else goTo(by < 0 || find(shown) ? at + by : at);
}

// Shows an error if the message was deleted. The picture of a message that is merely no longer on the page stays.
function follow() {
  if (!viewer.open) return;
  showPosition();
  if ("gone" in viewer.dataset || find(shown) || !document.getElementById(shown.message)) return;
  viewer.dataset.gone = "";
  viewerPart("caption").textContent = "";
  showImageError("This message was deleted.");
  status.textContent = "This message was deleted.";
}

function goToMessage(event) {
  if (list === "body" || isModified(event)) return;
  event.preventDefault();
  opener = shown;
  viewer.close();
  showMessage(shown.message);
}

controlViewer({ stage, zoom, step, goTo, goToLast: () => goTo(pictures().length - 1), goToMessage });
viewer.addEventListener("close", () => (find(opener) ?? find(shown) ?? document.getElementById("timeline"))?.focus({ preventScroll: true }));
onSwipe(stage, place, () => !zoom.isZoomed(), (by) => step(by * forward()));
messagesArrived.on(follow);
document.addEventListener("click", (event) => {
  const picture = event.target.closest?.(`${ENTRIES} .picture`);
  if (!picture || event.defaultPrevented || event.button || isModified(event)) return;
  event.preventDefault();
  open(picture);
});
