// Form for the picture of a user or room. A chosen file opens the cropper, and the cropped square is sent. Without this
// script, the server crops to the center.
import { requestJson } from "./api.js";
import { croppedSquare, openCropper } from "./cropper.js";
import { clearError, showErrorAt } from "./field_errors.js";

const NOT_READ = "That isn’t a picture we can use. Choose a JPEG, PNG, WebP or GIF.";
const form = document.querySelector("form[data-picture]");

const tell = (text) => (document.getElementById("picture-status").textContent = text);

async function choose(dialog, input, canvas) {
  const [file] = input.files;
  if (!file) return;
  [input, canvas].forEach(clearError);
  tell("");
  try {
    await openCropper(dialog, file);
  } catch {
    showErrorAt(input, NOT_READ, document.getElementById("picture-hint"));
    input.value = "";
  }
}

function showSaved(address) {
  const preview = document.querySelector(".picture-form__preview");
  preview.hidden = false;
  preview.srcset = "";
  preview.src = address;
  document.getElementById("picture-removal").hidden = false;
}

async function save(dialog, input, button) {
  const canvas = dialog.querySelector("canvas");
  clearError(canvas);
  button.disabled = true;
  const [{ type, name }] = input.files;
  const body = new FormData();
  body.append(input.name, await croppedSquare(type), name);
  const { ok, data, error } = await requestJson("POST", form.getAttribute("action"), body);
  button.disabled = false;
  if (!ok) return showErrorAt(canvas, error, dialog.querySelector(".cropper__tools"));
  showSaved(data.picture);
  dialog.close();
  tell("Picture saved.");
}

if (form) {
  const [dialog, input] = [document.getElementById("cropper"), form.elements.picture];
  const button = (name) => dialog.querySelector(`[data-crop=${name}]`);
  form.querySelector(".actions").hidden = true;
  input.addEventListener("change", () => choose(dialog, input, dialog.querySelector("canvas")));
  button("save").addEventListener("click", ({ target }) => save(dialog, input, target));
  button("cancel").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => ((input.value = ""), input.focus()));
}
