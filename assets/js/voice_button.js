// The microphone button: pressed once to start and again to stop, or held.

const HELD = 500; // ms after which a press counts as holding
let press = null; // { at, starts } of a pointer
const buttonAround = (target) => target.closest?.("form.composer [data-action=record-voice]");

/** Calls `start` with the form of a pressed button, or `stop` if `isBusy` returns true. */
export function onVoiceButton({ isBusy, start, stop }) {
  document.addEventListener("pointerdown", (event) => {
    const button = event.button === 0 && buttonAround(event.target);
    press = button ? { at: event.timeStamp, starts: !isBusy() } : null;
    if (press?.starts) start(button.form);
  });
  document.addEventListener("pointerup", ({ timeStamp }) => press?.starts && timeStamp - press.at > HELD && stop());
  document.addEventListener("pointercancel", () => (press = null));
  document.addEventListener("contextmenu", (event) => buttonAround(event.target) && event.preventDefault());
  document.addEventListener("click", ({ target }) => {
    const button = buttonAround(target);
    if (button && !press?.starts) isBusy() ? stop() : start(button.form);
    press = null;
  });
}
