// The dialog of the picture viewer and its texts. Icons are in the style of templates/shared.
import { shortTime } from "./local_time.js";

const icon = (path) =>
  `<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="${path}" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

const [PREVIOUS, NEXT, CLOSE] = ["M14.5 5.5 8 12l6.5 6.5", "M9.5 5.5 16 12l-6.5 6.5", "M6.5 6.5l11 11M17.5 6.5l-11 11"];
const ZOOM = "M15.7 15.7 20 20M17.5 11a6.5 6.5 0 1 1-13 0a6.5 6.5 0 0 1 13 0ZM8.2 11h5.6M11 8.2v5.6";
const DOWNLOAD = "M12 4.5v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14";
const ORIGINAL = "M13.5 4.5h6v6M19.5 4.5l-8.5 8.5M17 13.5v6H4.5V7h6";
const ALT = "M4.5 6.5h15v11h-15zM7.5 14.5 9.5 9.5l2 5M8.2 13h2.6M13.5 9.5v5h3";
const MESSAGE = "M9.5 6 4.5 11l5 5M5 11h9a5.5 5.5 0 0 1 5.5 5.5V18";

const tool = (path, name, label, more = "") => `<a class="viewer__tool" data-viewer="${name}" title="${label}"${more}>${icon(path)}<span>${label}</span></a>`;

const html = `<dialog class="viewer" id="viewer" aria-labelledby="viewer-name viewer-position">
<header class="viewer__header"><div class="viewer__title"><h2 class="viewer__name" id="viewer-name" dir="auto"></h2><p class="viewer__by"><bdi class="viewer__author"></bdi> · <time class="viewer__time"></time> <span class="viewer__position" id="viewer-position"></span></p></div>
<button class="viewer__button" type="button" data-viewer="close" aria-label="Close" title="Close">${icon(CLOSE)}</button></header>
<div class="viewer__middle"><div class="viewer__stage"><div class="viewer__picture"></div></div><p class="viewer__error" hidden><span></span> <a>Open original</a></p>
<button class="viewer__button viewer__button--previous" type="button" data-viewer="previous" aria-label="Previous picture" title="Previous picture">${icon(PREVIOUS)}</button>
<button class="viewer__button viewer__button--next" type="button" data-viewer="next" aria-label="Next picture" title="Next picture">${icon(NEXT)}</button></div>
<footer class="viewer__footer"><p class="viewer__caption" dir="auto"></p><div class="viewer__tools"><button class="viewer__tool viewer__tool--play" type="button" data-viewer="play" hidden><span>Play</span></button><button class="viewer__tool" type="button" data-viewer="zoom" aria-pressed="false" title="Zoom">${icon(ZOOM)}<span>Zoom</span></button>
${tool(DOWNLOAD, "download", "Download", " download")}${tool(ORIGINAL, "original", "Open original", ' target="_blank"')}${tool(ALT, "describe", "Edit description")}${tool(MESSAGE, "message", "Go to message")}</div></footer>
<p class="visually-hidden" role="status"></p></dialog>`;

document.body.insertAdjacentHTML("beforeend", html);
export const viewer = document.getElementById("viewer");
/** Part of the viewer with this name. */
export const viewerPart = (name) => viewer.querySelector(`.viewer__${name}`);
/** Button or link of the viewer for an action. */
export const viewerButton = (name) => viewer.querySelector(`[data-viewer=${name}]`);

/** Selector of elements whose pictures the viewer shows: messages, and entries of a list of files. */
export const ENTRIES = ":is(.message, .shared-file)";
/** Message or list entry of a picture. */
export const entryOf = (picture) => picture.closest(ENTRIES);

/** Shows the name, description, author and time of a picture, and sets the links of the viewer. */
export function describePicture(picture) {
  const { name } = picture.dataset;
  const [entry, { alt }] = [entryOf(picture), picture.querySelector("img")];
  const posted = entry.querySelector(".message__time, .shared-file__message");
  const { dateTime, title } = posted.querySelector("time");
  viewerPart("name").textContent = name;
  viewerPart("author").textContent = entry.querySelector(".message__author, .shared-file__author").textContent;
  Object.assign(viewerPart("time"), { dateTime, title, textContent: shortTime(new Date(dateTime)) });
  viewerPart("caption").textContent = alt === name ? "" : alt;
  viewerButton("download").href = `${picture.href}?download=1`;
  viewerButton("original").href = picture.href;
  viewerButton("message").href = posted.href;
  const isOwn = entry.matches(".message") && entry.dataset.author === document.getElementById("room")?.dataset.user;
  Object.assign(viewerButton("describe"), { href: `${new URL(posted.href).pathname}/files`, hidden: !isOwn });
}
