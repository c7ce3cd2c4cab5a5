// Waveforms of voice messages: their peaks, and how they are drawn. The server draws those of messages in the same way.

const [HIGHEST, BAR, MIDDLE] = [31, 4, 16]; // the highest peak; distance of two bars and half of the height, in units
const QUIETEST = 0.08; // level that fills no more than a part of the height, so that silence looks like silence

/** Reduces levels of 0 to 1 to at most so many peaks of 0 to 31. */
export function peaksOf(levels, most = 64) {
  const count = Math.min(most, levels.length);
  const loudest = Math.max(QUIETEST, ...levels);
  return Array.from({ length: count }, (_, at) => {
    const part = levels.slice(Math.floor((at * levels.length) / count), Math.ceil(((at + 1) * levels.length) / count));
    return Math.round(Math.sqrt(Math.max(...part) / loudest) * HIGHEST);
  });
}

/** The path of a drawing, 32 units high and 4 wide for each peak. */
export function wavePath(peaks) {
  const half = (peak) => 1 + Math.floor((peak * (MIDDLE - 2)) / HIGHEST);
  return peaks.map((peak, at) => `M${at * BAR + BAR / 2} ${MIDDLE - half(peak)}v${2 * half(peak)}`).join("");
}

/** The box of such a drawing. */
export const waveBox = (count) => `0 0 ${count * BAR} ${2 * MIDDLE}`;

/** A time in seconds as a clock shows it: "0:07", "1:02:03". */
export function clockOf(time) {
  const seconds = Math.floor(time);
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
