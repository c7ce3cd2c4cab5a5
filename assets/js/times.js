// Writes the times of messages, which come in UTC, in the reader's own zone and manner.
(() => {
  const places = [document.getElementById("messages"), document.getElementById("side")].filter(Boolean);

  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

  function write(time, format) {
    const moment = new Date(time.dateTime);
    time.textContent = format(moment).format(moment);
    time.title = full.format(moment);
  }

  const isToday = (moment) => moment.toDateString() === new Date().toDateString();

  function localise(message) {
    for (const time of message.querySelectorAll(".message__at time")) write(time, () => clock);
    message.querySelector(".message__at")?.removeAttribute("title"); // that is for those without scripts
    for (const time of message.querySelectorAll(".message__thread time")) write(time, (moment) => (isToday(moment) ? clock : date));
  }

  function look(node) {
    if (node.matches?.(".message")) localise(node);
    else node.querySelectorAll?.(".message").forEach(localise);
  }

  const observer = new MutationObserver((records) => {
    for (const record of records) record.addedNodes.forEach(look);
  });
  for (const place of places) {
    look(place);
    observer.observe(place, { childList: true, subtree: place.id === "side" });
  }
})();
