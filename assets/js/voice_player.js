// Players of voice messages. Of all audio and video, one plays at a time.
import { showUnplayable } from "./video_player.js";
import { clockOf } from "./waveform.js";

const SPEEDS = [1, 1.5, 2];
const STEPS = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -15, PageUp: 15, Home: -Infinity, End: Infinity }; // s
const SPEED_KEY = "voice-speed";
const voiceAround = (target) => target.closest?.(".voice");
const soundOf = (voice) => voice.querySelector("audio");

function rememberedSpeed() {
  try {
    return SPEEDS.find((speed) => speed === Number(localStorage.getItem(SPEED_KEY))) ?? 1;
  } catch {
    return 1;
  }
}

function rememberSpeed(speed) {
  try {
    localStorage.setItem(SPEED_KEY, speed);
  } catch {}
}

// Files recorded in a browser may have no duration, so the one stored with the message comes first.
function durationOf(voice) {
  const { duration } = soundOf(voice);
  return Number(voice.dataset.duration) / 1000 || (Number.isFinite(duration) ? duration : 0);
}

// Adds a second copy of the waveform, which shows the played part over the first.
function addPlayed(wave) {
  if (wave.children.length > 1) return;
  const played = wave.firstElementChild.cloneNode();
  played.classList.add("voice__played");
  wave.append(played);
}

function showSpeed(voice, speed) {
  const button = voice.querySelector(".voice__speed");
  button.textContent = `${speed}×`;
  button.ariaLabel = `Speed ${speed}×`;
}

function show(voice) {
  const [audio, seek, play] = [soundOf(voice), voice.querySelector(".voice__seek"), voice.querySelector(".voice__play")];
  const duration = durationOf(voice);
  const at = Math.min(audio.currentTime, duration);
  addPlayed(voice.querySelector(".voice__wave"));
  voice.style.setProperty("--played", duration ? at / duration : 0);
  voice.toggleAttribute("data-playing", !audio.paused);
  play.ariaLabel = audio.paused ? "Play voice message" : "Pause voice message";
  voice.querySelector(".voice__time").textContent = clockOf(at && !audio.ended ? at : duration);
  Object.assign(seek, { ariaValueMax: Math.round(duration), ariaValueNow: Math.round(at), ariaValueText: `${clockOf(at)} of ${clockOf(duration)}` });
}

function toggle(voice) {
  const audio = soundOf(voice);
  if (!audio.paused) return audio.pause();
  audio.playbackRate = rememberedSpeed();
  showSpeed(voice, audio.playbackRate);
  const href = voice.querySelector(".voice__save")?.href ?? audio.src;
  audio.play().catch(({ name }) => name !== "AbortError" && showUnplayable(voice, href));
}

function nextSpeed(voice) {
  const speed = SPEEDS[(SPEEDS.indexOf(rememberedSpeed()) + 1) % SPEEDS.length];
  rememberSpeed(speed);
  for (const other of document.querySelectorAll(".voice")) {
    showSpeed(other, speed);
    soundOf(other).playbackRate = speed;
  }
}

function seekTo(voice, time) {
  soundOf(voice).currentTime = Math.min(Math.max(time, 0), Math.max(durationOf(voice) - 0.05, 0));
  show(voice);
}

function seekToPointer(voice, { clientX }) {
  const { left, width } = voice.querySelector(".voice__seek").getBoundingClientRect();
  seekTo(voice, ((clientX - left) / width) * durationOf(voice));
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-action]");
  const action = button?.dataset.action;
  if (action === "play-voice") toggle(voiceAround(button));
  else if (action === "voice-speed") nextSpeed(voiceAround(button));
});
document.addEventListener("pointerdown", (event) => {
  const seek = event.button === 0 && event.target.closest?.(".voice__seek");
  if (!seek) return;
  seek.setPointerCapture(event.pointerId);
  seekToPointer(voiceAround(seek), event);
});
document.addEventListener("pointermove", (event) => {
  if (event.target.hasPointerCapture?.(event.pointerId) && event.target.matches(".voice__seek")) seekToPointer(voiceAround(event.target), event);
});
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.(".voice__seek") || event.ctrlKey || event.metaKey || event.altKey) return;
  const voice = voiceAround(event.target);
  if (event.key === " " || event.key === "Enter") toggle(voice);
  else if (event.key in STEPS) seekTo(voice, soundOf(voice).currentTime + STEPS[event.key]);
  else return;
  event.preventDefault();
});
document.addEventListener("play", ({ target }) => {
  for (const other of document.querySelectorAll("audio, video")) if (other !== target) other.pause();
}, true);
for (const type of ["play", "pause", "timeupdate", "ended", "durationchange"]) {
  document.addEventListener(type, ({ target }) => target.matches(".voice audio") && show(voiceAround(target)), true);
}
if (rememberedSpeed() !== 1) for (const voice of document.querySelectorAll(".voice")) showSpeed(voice, rememberedSpeed());
