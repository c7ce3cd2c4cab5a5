// Pictures of users who change them while the page is open. The server sends two images of the new picture, small and
// large, and each image of that user gets the addresses of the one that suits its width.
const LARGE = 48; // px from which an image needs the large picture
const changed = document.getElementById("changed-avatar");

function update() {
  const [small, large] = changed.children;
  if (!small) return;
  const { user } = small.dataset;
  for (const image of document.querySelectorAll(`img:is([src^="/u/${user}."], [src^="/u/${user}/"])`)) {
    const from = image.getAttribute("width") > LARGE ? large : small;
    if (image.src === from.src) continue;
    image.srcset = from.srcset;
    image.src = from.getAttribute("src");
  }
}

if (changed) new MutationObserver(update).observe(changed, { childList: true });
