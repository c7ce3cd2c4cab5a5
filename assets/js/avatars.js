// Updates avatars when users change their pictures. The server sends a small and a large image; each avatar of the user
// takes the addresses of the one that fits its width.
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
