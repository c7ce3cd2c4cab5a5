// Marks pictures as loaded, which hides their placeholders, or as failed.

function settle({ target }) {
  const picture = target.matches?.(".picture__image") && target.closest(".picture");
  if (picture) picture.toggleAttribute(target.naturalWidth ? "data-loaded" : "data-failed", true);
}

for (const type of ["load", "error"]) document.addEventListener(type, settle, true);
for (const image of document.querySelectorAll(".picture__image")) if (image.complete) settle({ target: image });
