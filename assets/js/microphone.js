// The microphone: its sound, and how loud it is.

const BLOCKED = "Chatterbox isn’t allowed to use the microphone. Allow it in your browser’s settings for this site, then try again.";
const REASONS = {
  NotAllowedError: BLOCKED,
  SecurityError: BLOCKED,
  NotFoundError: "No microphone was found. Connect one, then try again.",
  NotReadableError: "The microphone can’t be used. Close other apps that may be using it, then try again.",
};
const FAILED = "The microphone couldn’t be started. Try again.";
const SAMPLES = 1024; // that a level is measured from

/**
 * Opens the microphone. The result has its `stream`, `level()` from 0 to 1, and `close()`.
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
