// How far the open thread has been read: told to the server when its newest answer is seen in a visible tab, at the foot.
(() => {
  const side = document.getElementById("side");
  if (!side) return;

  const NEAR = 100;
  const PACE = 1000;
  let timer = 0;
  let last = 0;

  const thread = () => side.querySelector(".thread");
  const newest = () => Number([...side.querySelectorAll(".thread__answers .message")].at(-1)?.id.slice(8) ?? 0);
  const isNews = () => thread() && newest() > Number(thread().dataset.read);
  const isSeen = () => !document.hidden && side.querySelector(".thread__scroll").scrollTop > -NEAR;

  async function tell() {
    timer = 0;
    if (!isNews() || !isSeen()) return;
    const { dataset } = thread();
    const [before, up_to] = [dataset.read, newest()];
    last = Date.now();
    dataset.read = up_to;
    const answer = await fetch(dataset.reading, {
      method: "PUT",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify({ up_to }),
    }).catch(() => null);
    if (!answer?.ok) dataset.read = before; // the next answer says it again
  }

  function look() {
    if (!timer && isNews()) timer = setTimeout(tell, Math.max(0, last + PACE - Date.now()));
  }

  new MutationObserver(look).observe(side, { childList: true, subtree: true });
  side.addEventListener("scroll", look, { capture: true, passive: true });
  document.addEventListener("visibilitychange", look);
  look();
})();
