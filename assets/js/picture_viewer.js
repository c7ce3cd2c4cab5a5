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

// The next picture on the page in a direction, and a line for messages before it that are not on the page. A long list
// drops messages, maybe also that of the shown picture. Its next picture is then at the end where it was.
function ahead(direction) {
  const all = pictures();
  const found = all.indexOf(find(shown));
  if (found < 0 && "gone" in viewer.dataset) return { next: all[direction < 0 ? at - 1 : at] };
  const next = found < 0 ? all.at(direction < 0 ? -1 : 0) : all[found + direction];
  return { next, line: lineBeyond(document.querySelector(list), { picture: all[found], next, direction }) };
}

function isLast(direction) {
  const { next, line } = ahead(direction);
  return !next && !line;
}

// Shows the position among the pictures now on the page. A picture that is no longer there has none.
function showPosition() {
  const all = pictures();
  const found = all.indexOf(find(shown));
  at = found < 0 ? Math.min(at, all.length) : found;
  viewerPart("position").textContent = found < 0 ? "" : `${at + 1} of ${all.length}`;
  viewerButton("previous").ariaDisabled = isLast(-1);
  viewerButton("next").ariaDisabled = isLast(1);
  viewer.toggleAttribute("data-alone", found >= 0 && isLast(-1) && isLast(1));
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

function goTo(picture) {
  if (!picture || picture === find(shown)) return;
  show(picture);
  status.textContent = `${viewerPart("position").textContent}: ${picture.querySelector("img").alt}`;
}

const tell = (text) => (viewerPart("position").textContent = status.textContent = text);

// Goes to the next picture in a direction. Loads the messages before it if they are not on the page.
async function step(by) {
  const start = shown;
  const isSame = () => viewer.open && shown === start;
  const problem = await loadTowards(document.querySelector(list), () => isSame() && ahead(by).line, tell);
  if (!isSame()) return;
  showPosition();
  if (problem) tell(problem);
  else goTo(ahead(by).next);
}

// Shows an error if the message was deleted. The picture of a message that is merely no longer on the page stays.
function follow() {
  if (!viewer.open) return;
  const isDeleted = !("gone" in viewer.dataset) && !find(shown) && document.getElementById(shown.message);
  if (isDeleted) viewer.dataset.gone = "";
  showPosition();
  if (!isDeleted) return;
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

controlViewer({ stage, zoom, step, goToEnd: (end) => goTo(pictures().at(end)), goToMessage });
viewer.addEventListener("close", () => (find(opener) ?? find(shown) ?? document.getElementById("timeline"))?.focus({ preventScroll: true }));
onSwipe(stage, place, () => !zoom.isZoomed(), (by) => step(by * forward()));
messagesArrived.on(follow);
document.addEventListener("click", (event) => {
  const picture = event.target.closest?.(`${ENTRIES} .picture`);
  if (!picture || event.defaultPrevented || event.button || isModified(event)) return;
  event.preventDefault();
  open(picture);
});
