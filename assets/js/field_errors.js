// Errors of single fields, in the style of those that the server renders.
import { icon } from "./attachment_icons.js";

const errorIdOf = (control) => `${control.id || control.name}-error`;

function describe(control, id, isAdded) {
  const known = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && each !== id);
  const ids = isAdded ? [...known, id] : known;
  if (ids.length) control.setAttribute("aria-describedby", ids.join(" "));
  else control.removeAttribute("aria-describedby");
}

/** Removes the error of a field. */
export function clearError(control) {
  document.getElementById(errorIdOf(control))?.remove();
  control.removeAttribute("aria-invalid");
  describe(control, errorIdOf(control), false);
}

/** Shows an error after an element, and names it in the descriptions of its field. */
export function showErrorAt(control, text, place) {
  clearError(control);
  const error = Object.assign(document.createElement("p"), { className: "error", id: errorIdOf(control) });
  error.setAttribute("role", "alert");
  error.append(icon("warning"), Object.assign(document.createElement("span"), { textContent: text }));
  place.after(error);
  control.setAttribute("aria-invalid", "true");
  describe(control, error.id, true);
}
