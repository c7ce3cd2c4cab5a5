// Files attached to a message: those in the list above the box that it is written in, and what is posted of them.

const listAbove = (form) => (form.previousElementSibling?.matches(".attachments") ? form.previousElementSibling : null);
/** Rows of the files that are attached to a form's message, in order. Their `data-state` is that of the upload. */
export const attachmentRows = (form) => [...(listAbove(form)?.querySelectorAll(".attachment") ?? [])];

/** What is known of the file of a row. `id` is that of the upload, `alt` the description of a picture. */
export const fileOf = ({ dataset: { upload: id, name, type, size, alt } }) => ({ id, name, type, size: Number(size), alt });

/** The files that are attached to a form's message, in order. */
export const attachedTo = (form) => attachmentRows(form).map(fileOf);

/** Fields that a post with these files has, beside those of every post. */
export const fieldsOf = (files) => files.length ? { files: files.map(({ id }) => id), alts: files.map(({ alt }) => alt) } : {};
