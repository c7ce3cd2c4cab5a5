// Sizes, speeds and times of transfers, as texts for users.

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];
const SPAN = 5000; // ms over which a speed is measured
const LEAST_SPAN = 800; // ms; before, a speed would be a guess
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** A number of bytes, such as "1 byte", "12 KB" or "2.1 MB". A KB has 1,024 bytes. */
export function formatSize(bytes) {
  if (bytes === 1) return "1 byte";
  let [value, unit] = [bytes, 0];
  while (Math.round(value) >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${number.format(value < 10 ? value : Math.round(value))} ${UNITS[unit]}`;
}

function formatDuration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${number.format(seconds / 3600)} h`;
}

/** Measures the speed of a transfer. Each call takes the bytes that were sent so far. */
export function speedMeter() {
  let samples = [];
  return {
    clear: () => (samples = []),
    /** Text such as "2.1 MB/s, 10 s left", which is empty at the beginning. */
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
