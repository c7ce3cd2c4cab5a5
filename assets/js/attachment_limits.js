// Limits on the files of a message. The server writes them into the page, and enforces them as well.
import { isolated, showNoticeAt } from "./attachment_notices.js";
import { formatSize } from "./transfer.js";

const MOST_REASONS = 3; // shown at once

const LARGEST_PICTURE = 44 * 2 ** 20; // bytes; the server removes metadata from pictures up to this size
const CLEANED = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/svg+xml"];

const sentAsIs = (name) => [isolated(name), " will be sent as is, with details such as where it was taken. "];
const limits = () => document.querySelector(".frame").dataset;

// Reason to refuse a file, or null.
function reasonAgainst({ name, size }) {
  const maxFile = Number(limits().maxFile);
  if (!size) return [isolated(name), " is empty. "];
  if (size > maxFile) return [isolated(name), ` is too large. Files can be up to ${formatSize(maxFile)}. `];
  return null;
}

// Warning about an accepted file, or null.
function warningAbout({ name, type, size }) {
  if (!type.startsWith("image/") || (CLEANED.includes(type) && size <= LARGEST_PICTURE)) return null;
  return sentAsIs(name);
}

/** Warns about a picture whose metadata the server could not remove, unless the user was warned when it was attached. */
export function warnAboutMetadata(form, file) {
  if (!warningAbout(file)) showNoticeAt(form, sentAsIs(file.name), { replace: false });
}

/** Returns the files that can join `others` files in a message, and shows why the rest cannot. */
export function fitting(form, files, others) {
  const most = Number(limits().maxFiles);
  const [fit, reasons] = [[], []];
  for (const file of files) {
    const reason = reasonAgainst(file);
    if (reason) {
      reasons.push(reason);
    } else if (others + fit.length < most) {
      fit.push(file);
      const warning = warningAbout(file);
      if (warning) reasons.push(warning);
    } else {
      reasons.unshift([`You can attach up to ${most} files to a message. `]);
      break;
    }
  }
  if (reasons.length) showNoticeAt(form, reasons.slice(0, MOST_REASONS).flat());
  return fit;
}
