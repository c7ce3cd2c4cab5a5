// A recording from the microphone: the sound, its length without pauses, and its levels over time.
import { peaksOf } from "./waveform.js";

const TYPES = { "audio/webm;codecs=opus": "webm", "audio/mp4": "m4a", "audio/ogg;codecs=opus": "ogg" }; // the first that is supported
const BITS = 32_000; // a second
const PART = 1000; // ms
const TICK = 60; // ms between two levels

export class Recording {
  levels = []; // from 0 to 1
  parts = [];
  before = 0; // ms recorded before the last pause

  /** Starts recording. `onTick` is called for each level, `onEnd` if the microphone stops. */
  constructor(microphone, { onTick, onEnd }) {
    const type = Object.keys(TYPES).find((one) => MediaRecorder.isTypeSupported(one));
    const recorder = new MediaRecorder(microphone.stream, { mimeType: type, audioBitsPerSecond: BITS });
    Object.assign(this, { microphone, recorder, onTick, type: type ?? "audio/webm;codecs=opus" });
    recorder.ondataavailable = ({ data }) => this.parts.push(data);
    recorder.onerror = onEnd;
    microphone.stream.getAudioTracks()[0].onended = onEnd;
    recorder.start(PART);
    this.resumedAt = performance.now();
    this.timer = setInterval(() => this.tick(), TICK);
  }

  get isPaused() {
    return this.recorder.state === "paused";
  }

  /** Recorded time (ms), without pauses. */
  get elapsed() {
    return this.before + (this.resumedAt === null ? 0 : performance.now() - this.resumedAt);
  }

  tick() {
    const level = this.isPaused ? 0 : this.microphone.level();
    // A page in the background ticks less often.
    while (this.levels.length * TICK < this.elapsed) this.levels.push(level);
    this.onTick();
  }

  pause() {
    Object.assign(this, { before: this.elapsed, resumedAt: null });
    this.recorder.pause();
  }

  resume() {
    this.recorder.resume();
    this.resumedAt = performance.now();
  }

  /** Ends the recording and drops it. */
  discard() {
    clearInterval(this.timer);
    this.recorder.onerror = this.recorder.ondataavailable = null;
    if (this.recorder.state !== "inactive") this.recorder.stop();
    this.microphone.close();
  }

  /** Ends the recording and returns it as a file. Its property `voice` has the duration (ms) and the peaks. */
  async finish() {
    if (this.resumedAt !== null) Object.assign(this, { before: this.elapsed, resumedAt: null });
    clearInterval(this.timer);
    if (this.recorder.state !== "inactive") {
      const stopped = new Promise((resolve) => (this.recorder.onstop = resolve));
      this.recorder.stop();
      await stopped;
    }
    this.microphone.close();
    const [type] = this.type.split(";");
    const file = new File(this.parts, `Voice message.${TYPES[this.type]}`, { type });
    return Object.assign(file, { voice: { duration: Math.max(1, Math.round(this.before)), peaks: peaksOf(this.levels) } });
  }
}
