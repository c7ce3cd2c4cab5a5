// Sizes, speeds and durations of transfers as texts for users.

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];
const SPAN = 5000; // ms over which the speed is measured
const LEAST_SPAN = 800; // ms; over a shorter time, the speed would be a guess
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1, useGrouping: false });

/** Formats a number of bytes as the server does: "1 byte", "12 KB", "2.1 MB". A KB has 1,024 bytes. */
export function formatSize(bytes) {
  if (bytes === 1) return "1 byte";
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${number.format(value < 10 ? value : Math.round(value))} ${UNITS[unit]}`;
}

function formatDuration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${number.format(seconds / 3600)} h`;
}

/** Makes a meter for the speed of a transfer. */
export function speedMeter() {
  let samples = [];
  return {
    clear: () => (samples = []),
    /** Takes the bytes sent so far. Returns a text such as "2.1 MB/s, 10 s left", empty at first. */
    measure(sent, size) {
      const now = performance.now();
      samples = [...samples.filter(({ at }) => at > now - SPAN), { at: now, sent }];
      const [{ at, sent: before }] = samples;
      const speed = ((sent - before) / (now - at)) * 1000;
      if (now - at < LEAST_SPAN || !(speed > 0)) return "";
      return `${formatSize(Math.round(speed))}/s, ${formatDuration((size - sent) / speed)} left`;
    },
  };
}
