// Puts the lines between days where a day begins for the reader; the server draws them for UTC.
(() => {
  const sameYear = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
  const otherYear = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
  const isMessage = (node) => node.matches?.(".message");
  const isDay = (node) => node?.matches(".day");

  function daysAgo(day) {
    const today = new Date().setHours(0, 0, 0, 0);
    return Math.round((today - new Date(day).setHours(0, 0, 0, 0)) / 86_400_000);
  }

  const dayOf = (message) => new Date(message.querySelector("time").dateTime).toDateString();

  function label(separator) {
    const date = new Date(separator.dataset.day);
    const format = date.getFullYear() === new Date().getFullYear() ? sameYear : otherYear;
    separator.firstElementChild.textContent =
      ["Today", "Yesterday"][daysAgo(separator.dataset.day)] ?? format.format(date);
  }

  function draw(message, day) {
    const separator = document.createElement("p");
    const time = document.createElement("time");
    const date = new Date(day);
    const two = (number) => String(number).padStart(2, "0");
    separator.className = "day";
    separator.dataset.day = day;
    time.dateTime = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    separator.append(time);
    label(separator);
    message.before(separator);
  }

  function neighbour(node, way) {
    do node = node[way];
    while (node && !isMessage(node));
    return node;
  }

  // One line before a message whose day differs from that of the message before it, none before the others.
  function check(message) {
    const before = neighbour(message, "previousElementSibling");
    const day = dayOf(message);
    const wanted = !before || dayOf(before) !== day;
    const separator = message.previousElementSibling;
    if (isDay(separator) && wanted && separator.dataset.day === day) return;
    if (isDay(separator)) separator.remove();
    if (wanted) draw(message, day);
  }

  function checkAll(records, observer) {
    const list = records[0].target;
    const added = records.flatMap((record) => [...record.addedNodes]).filter((node) => isMessage(node) && node.isConnected);
    const after = added.length && neighbour(added.at(-1), "nextElementSibling");
    const first = records.some((record) => record.removedNodes.length) && list.querySelector(".message");
    for (const message of new Set([...added, after, first])) if (message) check(message);
    observer.takeRecords();
  }

  function relabel() {
    for (const separator of document.querySelectorAll(".day[data-day]")) label(separator);
  }

  function relabelAtMidnight() {
    const midnight = new Date().setHours(24, 0, 1, 0);
    setTimeout(() => {
      relabel();
      relabelAtMidnight();
    }, midnight - Date.now());
  }

  // One list, whose messages stand in the order of time.
  function attend(list) {
    if (!list) return;
    for (const message of list.querySelectorAll(".message")) check(message);
    new MutationObserver(checkAll).observe(list, { childList: true });
  }

  const attendThread = () => attend(document.querySelector(".thread__answers"));
  attend(document.getElementById("messages"));
  attendThread();
  document.addEventListener("chat:beside", attendThread);
  document.addEventListener("visibilitychange", relabel);
  relabelAtMidnight();
})();
