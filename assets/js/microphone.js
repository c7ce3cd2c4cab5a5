// The microphone: its stream and its level.

const BLOCKED = "Chatterbox isn’t allowed to use the microphone. Allow it in your browser’s site settings, then try again.";
const REASONS = {
  NotAllowedError: BLOCKED,
  SecurityError: BLOCKED,
  NotFoundError: "No microphone found. Connect one, then try again.",
  NotReadableError: "Can’t use the microphone. Close other apps that may be using it, then try again.",
};
const FAILED = "Couldn’t start the microphone. Try again.";
const SAMPLES = 1024; // used to measure a level

/**
 * Opens the microphone. Returns its `stream`, `level()` (0 to 1) and `close()`.
 * @throws {Error} with a message for the user
 */
export async function openMicrophone() {
  const asked = navigator.mediaDevices.getUserMedia({ audio: true });
  const stream = await asked.catch(({ name }) => {
    throw new Error(REASONS[name] ?? FAILED);
  });
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: SAMPLES });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(SAMPLES);
  return {
    stream,
    level() {
      analyser.getFloatTimeDomainData(samples);
      return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    },
    close() {
      for (const track of stream.getTracks()) track.stop();
      context.close();
    },
  };
}
