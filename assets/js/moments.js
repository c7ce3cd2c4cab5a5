// Writes the times of results and kept messages, which come in UTC, in the reader's own zone and manner.
(() => {
  const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll(":is(.result, .kept, .version) time")) {
    time.textContent = moment.format(new Date(time.dateTime));
  }
})();
