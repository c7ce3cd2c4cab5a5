// Passkeys: forms whose button creates or uses one, and suggestions in the username box. A form names the URL of its
// options; the answer of the authenticator is sent as its field `credential`.
import { requestJson } from "./api.js";

// Texts for errors of the browser (WebAuthn, section 5.1).
const FAILURES = {
  NotAllowedError: "No passkey was used. Try again when you’re ready.",
  InvalidStateError: "This device already has a passkey for your account.",
  SecurityError: "Passkeys don’t work at this address. Open Chatterbox with its name, over HTTPS.",
};
const FAILED = "That passkey didn’t work. Try again, or use your password.";
let suggestions = null;

// HTTP pages have no PublicKeyCredential, except those of localhost.
const isSupported = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);

async function ask(form, more) {
  const { ok, data, error } = await requestJson("POST", form.dataset.passkeyOptions, {});
  if (!ok) throw new Error(error);
  if (form.dataset.passkey === "create") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(data);
    return navigator.credentials.create({ publicKey });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(data), ...more });
}

function send(form, credential) {
  form.elements.credential.value = JSON.stringify(credential);
  form.submit();
}

function show(form, text) {
  const error = form.querySelector(".error");
  error.hidden = !text;
  error.querySelector("span").textContent = text;
}

async function use(event) {
  event.preventDefault();
  const form = event.currentTarget;
  suggestions?.abort();
  show(form, "");
  try {
    send(form, await ask(form));
  } catch (failure) {
    show(form, failure instanceof DOMException ? (FAILURES[failure.name] ?? FAILED) : failure.message);
  }
}

// Offers passkeys in the username box, where the browser can.
async function suggest(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  suggestions = new AbortController();
  const { signal } = suggestions;
  try {
    send(form, await ask(form, { mediation: "conditional", signal }));
  } catch {
    // The user uses the button or the password instead.
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !isSupported;
  if (!isSupported) continue;
  form.addEventListener("submit", use);
  if (document.querySelector("input[autocomplete~=webauthn]")) suggest(form);
}
for (const note of document.querySelectorAll("[data-without-passkeys]")) note.hidden = isSupported;
