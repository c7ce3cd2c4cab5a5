// Writes the times of results, which come in UTC, in the reader's own zone and manner.
(() => {
  const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll(".result time")) {
    time.textContent = moment.format(new Date(time.dateTime));
  }
})();
