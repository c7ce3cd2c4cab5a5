// Duration of a sound or video and poster of a video, read from a file by the browser before the upload.

const LONGEST_WAIT = 6000; // ms; some browsers never report the details
const POSTER_AT = 1; // s; the first frame is often black
const [POSTER_SIDE, POSTER_QUALITY, POSTER_BYTES] = [720, 0.8, 200 << 10];
const known = new WeakMap(); // by file

const event = (element, type) =>
  new Promise((resolve, reject) => {
    element.addEventListener(type, resolve, { once: true });
    element.addEventListener("error", reject, { once: true });
  });

async function seek(media, time) {
  const seeked = event(media, "seeked");
  media.currentTime = time;
  await seeked;
}

// Files recorded in a browser have no known duration until they have been read to the end.
async function durationOf(media) {
  if (Number.isFinite(media.duration)) return media.duration;
  await seek(media, Number.MAX_SAFE_INTEGER);
  return media.currentTime;
}

async function drawPoster(video) {
  const scale = Math.min(1, POSTER_SIDE / Math.max(video.videoWidth, video.videoHeight));
  const [width, height] = [video.videoWidth, video.videoHeight].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(video, 0, 0, width, height);
  const poster = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", POSTER_QUALITY));
  return poster?.size <= POSTER_BYTES ? poster : undefined;
}

async function read(file, url, found) {
  const isVideo = file.type.startsWith("video/");
  const media = Object.assign(document.createElement(isVideo ? "video" : "audio"), { muted: true, playsInline: true, preload: "auto" });
  const loaded = event(media, isVideo ? "loadeddata" : "loadedmetadata");
  media.src = url;
  try {
    await loaded;
    const duration = await durationOf(media);
    found.details.duration = String(Math.max(1, Math.round(duration * 1000)));
    if (!media.videoWidth) return;
    await seek(media, Math.min(POSTER_AT, duration / 2));
    found.poster = await drawPoster(media);
  } finally {
    media.removeAttribute("src");
    media.load();
  }
}

async function readInTime(file) {
  const found = { details: {} };
  if (!(file instanceof Blob) || !/^(audio|video)\//.test(file.type)) return found;
  const url = URL.createObjectURL(file);
  const tooLate = new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT));
  await Promise.race([read(file, url, found).catch(() => {}), tooLate]);
  URL.revokeObjectURL(url);
  return { ...found };
}

const ofVoice = ({ duration, peaks }) => ({ details: { kind: "voice", duration: String(duration), waveform: peaks.join(",") } });

/** Details of a file: metadata for the upload, such as `duration` (ms), and a `poster` (Blob) if there is one. */
export function detailsOf(file) {
  if (!known.has(file)) known.set(file, file.voice ? Promise.resolve(ofVoice(file.voice)) : readInTime(file));
  return known.get(file);
}
