// Waveforms of voice messages: peaks and drawing. The server draws the waveforms of sent messages in the same way.

const [HIGHEST, BAR, MIDDLE] = [31, 4, 16]; // highest peak; width of a bar with its gap, and half the height, in drawing units
const QUIETEST = 0.08; // level; quieter recordings are not scaled up to full height, so silence looks like silence

/** Reduces levels (0 to 1) to at most `most` peaks (0 to 31). */
export function peaksOf(levels, most = 64) {
  const count = Math.min(most, levels.length);
  const loudest = Math.max(QUIETEST, ...levels);
  return Array.from({ length: count }, (_, at) => {
    const part = levels.slice(Math.floor((at * levels.length) / count), Math.ceil(((at + 1) * levels.length) / count));
    return Math.round(Math.sqrt(Math.max(...part) / loudest) * HIGHEST);
  });
}

/** SVG path of a waveform: 32 units high, and 4 units wide per peak. */
export function wavePath(peaks) {
  const half = (peak) => 1 + Math.floor((peak * (MIDDLE - 2)) / HIGHEST);
  return peaks.map((peak, at) => `M${at * BAR + BAR / 2} ${MIDDLE - half(peak)}v${2 * half(peak)}`).join("");
}

/** SVG view box of a waveform. */
export const waveBox = (count) => `0 0 ${count * BAR} ${2 * MIDDLE}`;

/** Formats seconds as "0:07" or "1:02:03". */
export function clockOf(time) {
  const seconds = Math.floor(time);
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
