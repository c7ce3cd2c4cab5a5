// The bar above the message box while a voice message is recorded: time, level and buttons.
import { icon } from "./attachment_icons.js";
import { clockOf, waveBox, wavePath } from "./waveform.js";

const SHOWN = 40; // levels
const make = (tag, part, values) => Object.assign(document.createElement(tag), { className: `recorder__${part}` }, values);
const svg = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
const peakOf = (level) => Math.round(Math.sqrt(Math.min(1, level)) * 31);

function makeLevel() {
  const [level, path] = [svg("svg"), svg("path")];
  const frame = { class: "recorder__level", viewBox: waveBox(SHOWN), preserveAspectRatio: "none", "aria-hidden": true };
  for (const [name, value] of Object.entries(frame)) level.setAttribute(name, value);
  level.append(path);
  const newest = (levels) => [...Array(SHOWN).fill(0), ...levels.slice(-SHOWN).map(peakOf)].slice(-SHOWN);
  return [level, (levels) => path.setAttribute("d", wavePath(newest(levels)))];
}

function makeButton(kind, label, onClick) {
  const button = make("button", kind, { type: "button", title: label, ariaLabel: label });
  button.append(icon(kind));
  button.addEventListener("click", onClick);
  return button;
}

/** Makes the bar. `show(recording)` updates it, `tell(text)` shows a text and announces it to screen readers. */
export function makeRecorderBar({ onDiscard, onPause, onStop }) {
  const element = make("div", "bar", { className: "recorder", role: "group", ariaLabel: "Recording a voice message" });
  const time = make("span", "time", { role: "timer", textContent: "0:00" });
  const note = make("p", "note", { role: "status" });
  const [level, showLevels] = makeLevel();
  const discard = makeButton("discard", "Discard recording", onDiscard);
  const pause = makeButton("pause", "Pause recording", onPause);
  const stop = makeButton("stop", "Finish recording", onStop);
  element.append(discard, make("span", "dot", { ariaHidden: "true" }), time, level, pause, stop, note);

  function showPaused(isPaused) {
    if (element.hasAttribute("data-paused") === isPaused) return;
    element.toggleAttribute("data-paused", isPaused);
    pause.title = pause.ariaLabel = isPaused ? "Resume recording" : "Pause recording";
    pause.replaceChildren(icon(isPaused ? "record" : "pause"));
  }

  return {
    element,
    stop,
    tell: (text) => note.textContent !== text && (note.textContent = text),
    show(recording) {
      time.textContent = clockOf(recording.elapsed / 1000);
      showLevels(recording.levels);
      showPaused(recording.isPaused);
    },
  };
}
