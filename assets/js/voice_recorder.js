// Records voice messages with a button of the message box. One press starts and the next one stops, or the button is
// held while recording. The recording is attached to the message, so it can be played before it is sent.
import { attachmentRows } from "./attached.js";
import { fitting } from "./attachment_limits.js";
import { showNoticeAt } from "./attachment_notices.js";
import { placeList } from "./attachments.js";
import { filesChosen, removedFromRoom, threadChanged } from "./events.js";
import { popCloser, pushCloser } from "./keys.js";
import { openMicrophone } from "./microphone.js";
import { makeRecorderBar } from "./recorder_bar.js";
import { Recording } from "./recording.js";
import { isTouch, room } from "./room.js";
import { announceStatus } from "./status.js";
import { onVoiceButton } from "./voice_button.js";
import { clockOf } from "./waveform.js";

const [SHORTEST, LONGEST, WARN_BEFORE] = [600, 15 * 60_000, 60_000]; // ms
const TOO_SHORT = "That was too short. Hold the button while you speak, or press once to start and again to stop.";
let current = null; // { form }, and { recording, bar } once the microphone is open
const buttonOf = (form) => form.querySelector("[data-action=record-voice]");

function end() {
  const { form, bar } = current;
  current = null;
  bar?.element.remove();
  buttonOf(form).ariaPressed = false;
  popCloser(discard);
}

function discard() {
  if (!current?.recording) return false;
  const { form, recording } = current;
  recording.discard();
  end();
  announceStatus("Recording discarded");
  buttonOf(form).focus();
  return true;
}

function attach(form, file) {
  filesChosen.emit({ form, files: [file] });
  announceStatus(`Recorded ${clockOf(file.voice.duration / 1000)}. Play it, or send it.`);
  if (!isTouch) attachmentRows(form).at(-1)?.querySelector(".voice__play")?.focus();
}

async function finishNow({ form, recording }) {
  const file = await recording.finish();
  end();
  if (file.voice.duration < SHORTEST) showNoticeAt(form, TOO_SHORT);
  else attach(form, file);
}

const finish = () => current?.recording && (current.finished ??= finishNow(current));

function togglePause() {
  const { recording, bar } = current;
  recording[recording.isPaused ? "resume" : "pause"]();
  bar.show(recording);
  bar.tell(recording.isPaused ? "Paused" : "");
}

function onTick() {
  const { recording, bar } = current;
  bar.show(recording);
  if (recording.elapsed >= LONGEST) return finish();
  if (recording.elapsed >= LONGEST - WARN_BEFORE) bar.tell("Less than a minute left");
}

function show(form, microphone) {
  const bar = makeRecorderBar({ onDiscard: discard, onPause: togglePause, onStop: finish });
  Object.assign(current, { bar, recording: new Recording(microphone, { onTick, onEnd: finish }) });
  placeList(form).before(bar.element);
  pushCloser(discard);
  announceStatus("Recording");
  bar.stop.focus();
}

// Ends before the microphone is open, for which the browser may be asking.
const cancel = () => current && !current.recording && end();

async function start(form) {
  const fits = () => fitting(form, [{ name: "Voice message", type: "audio/webm", size: 1 }], attachmentRows(form).length).length;
  if (room.isRemoved() || !fits()) return;
  const own = (current = { form });
  buttonOf(form).ariaPressed = true;
  try {
    const microphone = await openMicrophone();
    if (current === own && form.isConnected) return show(form, microphone);
    microphone.close();
    if (current === own) end();
  } catch ({ message }) {
    if (current !== own) return;
    end();
    showNoticeAt(form, message);
  }
}

const stop = () => (current?.recording ? finish() : cancel());

onVoiceButton({ isBusy: () => Boolean(current), start, stop });
// Runs before the scripts that send: a running recording is finished and sent with the message.
addEventListener("submit", (event) => {
  if (event.target !== current?.form || !current.recording) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  finish().then(() => event.target.requestSubmit());
}, true);
threadChanged.on(() => current && !current.form.isConnected && finish());
removedFromRoom.on(finish);
addEventListener("beforeunload", (event) => current?.recording && event.preventDefault());
