// The player of an attached voice message that is not sent yet. Its parts are those of a sent one.
import { clockOf, waveBox, wavePath } from "./waveform.js";

const PARTS = `<audio preload="auto"></audio><div class="voice__player" role="group" aria-label="Voice message">
<button class="voice__play" type="button" data-action="play-voice" aria-label="Play voice message"><svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="M8 5.5v13l10.5-6.5Z"/><path d="M7 5.5h3.5v13H7zM13.5 5.5H17v13h-3.5z"/></svg></button>
<div class="voice__seek" role="slider" tabindex="0" aria-label="Playback position" aria-valuemin="0"><svg class="voice__wave" preserveAspectRatio="none" aria-hidden="true"><path/></svg></div>
<span class="voice__time"></span><button class="voice__speed" type="button" data-action="voice-speed" aria-label="Speed 1×">1×</button></div>`;

/** Makes the player of a recorded file. */
export function makePreviewPlayer(file) {
  const { duration, peaks } = file.voice;
  const voice = Object.assign(document.createElement("div"), { className: "voice attachment__voice", innerHTML: PARTS });
  const [wave, seek, clock] = [voice.querySelector(".voice__wave"), voice.querySelector(".voice__seek"), clockOf(duration / 1000)];
  voice.dataset.duration = duration;
  voice.querySelector("audio").src = URL.createObjectURL(file);
  voice.querySelector(".voice__time").textContent = clock;
  wave.setAttribute("viewBox", waveBox(peaks.length));
  wave.firstElementChild.setAttribute("d", wavePath(peaks));
  Object.assign(seek, { ariaValueMax: Math.round(duration / 1000), ariaValueNow: 0, ariaValueText: `0:00 of ${clock}` });
  return voice;
}
