// A file attached to a message: its row above the message box, which shows and controls its upload.
import { icon, iconOf } from "./attachment_icons.js";
import { isComposing } from "./keys.js";
import { detailsOf } from "./media_details.js";
import { formatSize, speedMeter } from "./transfer.js";
import { Upload } from "./upload.js";
import { makePreviewPlayer } from "./voice_preview.js";

const TEXT_STAYS = 500; // ms for which a text stays, so that the speed is readable
const LONGEST_ALT = 1000; // characters
const PAUSE = ["pause", "Pause"];
const CONTROLS = { waiting: PAUSE, uploading: PAUSE, paused: ["resume", "Resume"], failed: ["retry", "Retry"] };
const make = (tag, part, values) => Object.assign(document.createElement(tag), { className: `attachment__${part}` }, values);

function makePreview(file) {
  const preview = make("span", "preview");
  preview.append(iconOf(file.type));
  if (!(file instanceof Blob)) return preview;
  if (file.type.startsWith("image/")) showImage(preview, file);
  if (file.type.startsWith("video/")) detailsOf(file).then(({ poster }) => poster && showImage(preview, poster));
  return preview;
}

function showImage(preview, blob) {
  const image = make("img", "image", { src: URL.createObjectURL(blob), alt: "", decoding: "async" });
  image.onload = () => (preview.replaceChildren(image), URL.revokeObjectURL(image.src));
  image.onerror = () => URL.revokeObjectURL(image.src);
}

function makeButton(name) {
  const button = make("button", "button", { type: "button" });
  return [button, (kind, label) => {
    if (button.dataset.kind === kind) return;
    button.dataset.kind = kind;
    button.replaceChildren(icon(kind));
    button.title = label;
    button.ariaLabel = `${label} ${name}`;
  }];
}

// Button and text box for the alt text of a picture.
function addAlt(row, before, { name, alt = "" }, onChange) {
  const button = make("button", "button", { type: "button", textContent: "Alt", title: "Describe this picture" });
  const input = make("input", "alt", { type: "text", dir: "auto", value: alt, hidden: true, maxLength: LONGEST_ALT, placeholder: "Describe this picture" });
  button.ariaLabel = `Alt text for ${name}`;
  input.ariaLabel = `Describe this picture: ${name}`;
  const show = (isShown) => {
    input.hidden = !isShown;
    button.ariaExpanded = isShown;
    (isShown ? input : button).focus();
  };
  button.ariaExpanded = false;
  button.addEventListener("click", () => show(input.hidden));
  input.addEventListener("input", () => ((row.dataset.alt = input.value.trim()), onChange()));
  input.addEventListener("keydown", (event) => {
    if (isComposing(event) || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    show(false);
  });
  before.before(button);
  row.append(input);
}

// Size and state of an upload, as separate texts.
function textsOf({ state, error, isStalled, isProcessing, reason, file: { size } }, speed) {
  const texts = { waiting: "Waiting", paused: "Paused", failed: error, uploading: speed };
  if (isStalled) texts.uploading = `${reason || "Interrupted."} Retrying…`;
  else if (isProcessing) texts.uploading = "Processing…";
  return [state === "failed" ? "" : formatSize(size), texts[state]].filter(Boolean);
}

/**
 * Makes the row and the upload of a file. A file with an `id` is already on the server.
 * @param onChange is called with the upload after a change of its state, and without it after a change of the alt text
 */
export function makeAttachment(file, { onChange, onRemove }) {
  const { name, type, size, alt = "" } = file;
  const row = Object.assign(document.createElement("li"), { className: "attachment" });
  const progress = make("progress", "progress", { max: size, ariaLabel: `Uploading ${name}` });
  const state = make("span", "state");
  const [[control, setControl], [remove, setRemove]] = [makeButton(name), makeButton(name)];
  const buttons = make("span", "buttons");
  const meter = speedMeter();
  let [shownAt, shownText] = [0, ""];

  function show() {
    const known = row.dataset.state;
    const isNew = known !== upload.state;
    const isMoving = upload.state === "uploading" && !upload.isStalled && upload.sent < size;
    const speed = isMoving ? meter.measure(upload.sent, size) : meter.clear() && "";
    const texts = textsOf(upload, speed);
    progress.value = upload.sent;
    if (texts.join() !== shownText && (isNew || !isMoving || performance.now() - shownAt > TEXT_STAYS)) {
      [shownAt, shownText] = [performance.now(), texts.join()];
      const parts = texts.map((textContent) => make("span", "text", { textContent }));
      state.replaceChildren(...(upload.state === "failed" ? [icon("warning")] : []), ...parts);
    }
    if (!isNew) return;
    Object.assign(row.dataset, { state: upload.state, upload: upload.id });
    if (CONTROLS[upload.state]) setControl(...CONTROLS[upload.state]);
    else if (control === document.activeElement) remove.focus();
    control.hidden = upload.state === "complete";
    if (known) onChange(upload);
  }

  const upload = new Upload(file, show);
  Object.assign(row.dataset, { name, type, size, alt });
  setRemove("remove", "Remove");
  buttons.append(control, remove);
  row.append(makePreview(file), make("span", "name", { dir: "auto", textContent: name, title: name }), state, progress, buttons);
  control.addEventListener("click", () => (["waiting", "uploading"].includes(upload.state) ? upload.pause() : upload.start()));
  remove.addEventListener("click", onRemove);
  if (file.voice) row.append(makePreviewPlayer(file));
  if (type.startsWith("image/")) addAlt(row, remove, file, onChange);
  show();
  return { row, upload };
}
