// Files attached to a message: their rows above the message box, and the fields posted for them.

const listAbove = (form) => (form.previousElementSibling?.matches(".attachments") ? form.previousElementSibling : null);
/** Rows of the files attached to a form's message, in order. `data-state` is the state of the upload. */
export const attachmentRows = (form) => [...(listAbove(form)?.querySelectorAll(".attachment") ?? [])];

/** Data of a row's file: `id` is the id of the upload, `alt` the description of a picture. */
export const fileOf = ({ dataset: { upload: id, name, type, size, alt } }) => ({ id, name, type, size: Number(size), alt });

/** Files attached to a form's message, in order. */
export const attachedTo = (form) => attachmentRows(form).map(fileOf);

/** Fields that these files add to a post. */
export const fieldsOf = (files) => files.length ? { files: files.map(({ id }) => id), alts: files.map(({ alt }) => alt) } : {};
