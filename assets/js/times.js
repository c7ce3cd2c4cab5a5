// Writes the times of messages, which come in UTC, in the reader's own zone and manner.
(() => {
  const list = document.getElementById("messages");
  if (!list) return;

  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

  function localise(node) {
    if (!node.matches?.(".message")) return;
    for (const time of node.querySelectorAll("time")) {
      const moment = new Date(time.dateTime);
      time.textContent = clock.format(moment);
      time.title = full.format(moment);
    }
  }

  new MutationObserver((records) => {
    for (const record of records) record.addedNodes.forEach(localise);
  }).observe(list, { childList: true });

  for (const child of list.children) localise(child);
})();
