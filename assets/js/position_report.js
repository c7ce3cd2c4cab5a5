// Reports read positions, at most one per interval.
const INTERVAL = 1000; // ms

/**
 * `newest`, `seen` and `position` return message ids. `isSeen` returns whether the user looks at the messages. `report`
 * sends an id and returns whether it was sent. `repeat` reports the newest message again.
 */
export function createMarker({ newest, seen = newest, position, isSeen, report }) {
  let [timer, reportedAt, isAgain] = [0, 0, false];
  const isDue = (id) => id > position() || (isAgain && id > 0 && id === newest());

  function send() {
    timer = 0;
    const id = isDue(newest()) && isSeen() ? seen() : 0;
    if (!isDue(id) || !report(id)) return;
    [reportedAt, isAgain] = [Date.now(), false];
  }
  function check() {
    if (timer || !isDue(newest())) return;
    timer = setTimeout(send, Math.max(0, reportedAt + INTERVAL - Date.now()));
  }
  const repeat = () => check((isAgain = true));
  return { check, repeat, cancel: () => (timer = clearTimeout(timer) ?? 0) };
}
