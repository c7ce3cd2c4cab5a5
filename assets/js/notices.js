// Notices go by themselves after a while; the same words stand once.
(() => {
  const notices = document.getElementById("notices");
  if (!notices) return;
  const STAY = 20_000;

  function welcome(notice) {
    for (const other of [...notices.children]) {
      if (other !== notice && other.textContent === notice.textContent) other.remove();
    }
    if (!("stays" in notice.dataset)) setTimeout(() => notice.remove(), STAY);
  }

  new MutationObserver((records) => {
    for (const record of records) {
      for (const node of record.addedNodes) if (node instanceof HTMLElement) welcome(node);
    }
  }).observe(notices, { childList: true });
})();
