// Notices about attached files, shown at the form of the message.
import { showNotice } from "./status.js";

/** A file name for use in a sentence, isolated so that it keeps its own text direction. */
export const isolated = (name) => Object.assign(document.createElement("bdi"), { textContent: name });

/** Shows a notice at a form, in place of earlier ones by default. `text` may be a list of texts and elements. */
export const showNoticeAt = (form, text, { replace = true } = {}) =>
  showNotice(text, { into: form.closest(".thread")?.querySelector(".thread__notices") ?? undefined, replace });
