// Settings forms. Those with "data-autosave" save each change at once and confirm it; without scripts they have a
// button. The time zone field offers all zones. For a user who has not chosen one, it starts with the browser's.
import { requestJson } from "./api.js";
import { clearError, showErrorAt } from "./field_errors.js";

const CONFIRMED = 4000; // ms

async function save(form, control) {
  const status = form.querySelector("[role=status]");
  const values = Object.fromEntries(new FormData(form));
  status.textContent = "Saving…";
  const { ok, error } = await requestJson(form.dataset.autosave, form.dataset.address, values);
  for (const invalid of form.querySelectorAll("[aria-invalid]")) clearError(invalid);
  if (!ok) showErrorAt(control, error, control.closest(".field, .choice") ?? control);
  status.textContent = ok ? "Saved" : "";
  if (!ok) return;
  if (form.elements.name_was) form.elements.name_was.value = values.name;
  setTimeout(() => status.textContent === "Saved" && (status.textContent = ""), CONFIRMED);
}

function saveByItself(form) {
  let saving = Promise.resolve();
  form.addEventListener("change", ({ target }) => (saving = saving.then(() => save(form, target))));
  form.addEventListener("submit", (event) => event.preventDefault());
  // A failed save is repeated with Enter, because an unchanged value is no change.
  const retry = (control) => control.matches("[aria-invalid]") && save(form, control);
  form.addEventListener("keyup", ({ key, target }) => key === "Enter" && (saving = saving.then(() => retry(target))));
}

function offerZones(box) {
  const zones = Object.assign(document.createElement("datalist"), { id: "time-zones" });
  const all = Intl.supportedValuesOf?.("timeZone") ?? [];
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  zones.append(...[...new Set([own, ...all].filter(Boolean))].map((zone) => new Option(zone.replaceAll("_", " "), zone)));
  box.after(zones);
  box.setAttribute("list", zones.id);
  if (box.hasAttribute("data-preset") && !box.value && own) box.value = own;
}

document.querySelectorAll("form[data-autosave]").forEach(saveByItself);
document.querySelectorAll("input[name=time_zone]").forEach(offerZones);
