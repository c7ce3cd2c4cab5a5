// Keeps the list at about 400 lines: takes away at the end that is further from the reader's eyes.
// When that is the foot, the list is "detached": what arrives is only counted, and "chat:detached" is said.
(() => {
  const scroller = document.getElementById("timeline");
  const list = document.getElementById("messages");
  const link = document.getElementById("older-link");
  if (!link) return;

  const KEEP = 400;
  const SLACK = 20; // so that not every message costs a measurement

  function linkOlder() {
    const first = list.querySelector(".message");
    if (!first) return;
    let older = list.querySelector(".older");
    if (!older) older = link.content.firstElementChild.cloneNode(true);
    const anchor = older.firstElementChild;
    anchor.setAttribute("href", anchor.getAttribute("href").replace(/before=.*/, `before=${first.id.slice(8)}`));
    if (list.firstElementChild !== older) list.prepend(older);
  }

  function cutTop() {
    const older = list.querySelector(".older");
    if (older?.ariaBusy === "true") return;
    older?.remove();
    while (list.childElementCount > KEEP) list.firstElementChild.remove();
    linkOlder();
  }

  function cutFoot() {
    while (list.childElementCount > KEEP) list.lastElementChild.remove();
    list.dataset.detached = "";
    document.dispatchEvent(new CustomEvent("chat:detached"));
  }

  function cut() {
    if (list.childElementCount <= KEEP + SLACK) return;
    const below = -scroller.scrollTop;
    const above = scroller.scrollHeight - scroller.clientHeight - below;
    if (below > above) cutFoot();
    else cutTop();
  }

  // Later than the other observers: the one that holds the place of the reader must have measured.
  new MutationObserver(() => queueMicrotask(cut)).observe(list, { childList: true });
})();
