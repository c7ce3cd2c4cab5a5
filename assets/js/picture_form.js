// Form for the picture of a user or room. A chosen file opens the cropper, and the cropped square is sent. Without this
// script, the server crops to the center.
import { requestJson } from "./api.js";
import { croppedSquare, openCropper } from "./cropper.js";

const NOT_READ = "That isn’t a picture we can use. Choose a JPEG, PNG, WebP or GIF.";
const form = document.querySelector("form[data-picture]");

function showError(place, text) {
  place.querySelector(".error")?.remove();
  if (!text) return;
  const error = Object.assign(document.createElement("p"), { className: "error", role: "alert" });
  error.append(Object.assign(document.createElement("span"), { textContent: text }));
  place.querySelector(".actions").before(error);
}

async function choose(dialog, input) {
  const [file] = input.files;
  if (!file) return;
  showError(form, "");
  showError(dialog, "");
  try {
    await openCropper(dialog, file);
  } catch {
    showError(form, NOT_READ);
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
  button.disabled = true;
  const [{ type, name }] = input.files;
  const body = new FormData();
  body.append(input.name, await croppedSquare(type), name);
  const { ok, data, error } = await requestJson("POST", form.getAttribute("action"), body);
  button.disabled = false;
  showError(dialog, ok ? "" : error);
  if (!ok) return;
  showSaved(data.picture);
  dialog.close();
}

if (form) {
  const [dialog, input] = [document.getElementById("cropper"), form.elements.picture];
  const button = (name) => dialog.querySelector(`[data-crop=${name}]`);
  form.querySelector(".actions").hidden = true;
  input.addEventListener("change", () => choose(dialog, input));
  button("save").addEventListener("click", ({ target }) => save(dialog, input, target));
  button("cancel").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => ((input.value = ""), input.focus()));
}
