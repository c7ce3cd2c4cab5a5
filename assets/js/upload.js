// A resumable upload. After a lost connection, it continues where it stopped.
import { detailsOf } from "./media_details.js";
import { appendToUpload, createUpload, deleteUpload, fetchOffset, putPoster } from "./tus.js";
import { dequeue, enqueue, waitToRetry } from "./upload_queue.js";
import { Attempts, FAILED, UNREADABLE, isReadable } from "./upload_retries.js";

const SLICE = 8 << 20; // bytes of one request
const AT_ONCE = 1 << 20; // bytes; a file up to this size is sent in the request that creates its upload

/** An upload. `state` is "waiting", "uploading", "paused", "complete" or "failed" with an `error`. */
export class Upload {
  state = "waiting";
  error = "";
  sent = 0; // bytes; the server may not have received the last of them
  address = null;
  isStalled = false; // whether it waits for the connection, or to try again
  reason = undefined; // why the server refused the last attempt
  mustAsk = false; // whether to ask the server for its offset first
  attempts = new Attempts();
  controller = new AbortController(); // of the current run

  /** `onChange` is called after each change. A file with an `id` is already on the server. */
  constructor(file, onChange) {
    Object.assign(this, { file, onChange });
    if (file.id) Object.assign(this, { state: "complete", sent: file.size, address: `/uploads/${file.id}` });
  }

  /** Whether all bytes are sent, and the server processes them. */
  get isProcessing() {
    return this.state === "uploading" && this.sent === this.file.size;
  }

  get id() {
    return this.address?.split("/").at(-1) ?? "";
  }

  /** Whether it has neither completed nor failed. */
  get isOpen() {
    return !["complete", "failed"].includes(this.state);
  }

  set(values) {
    this.onChange(Object.assign(this, values));
  }

  /** Starts, resumes or retries. */
  start() {
    this.set({ state: "waiting", error: "", reason: undefined });
    enqueue(this);
  }

  /** Stops. The server keeps the received bytes. */
  pause() {
    this.halt();
    this.set({ state: "paused" });
  }

  /** Cancels the upload and deletes it on the server. */
  remove() {
    this.halt();
    if (this.address) deleteUpload(this.address);
  }

  halt() {
    dequeue(this);
    this.controller.abort();
    Object.assign(this, { isStalled: false, mustAsk: true });
  }

  async run() {
    const { signal } = (this.controller = new AbortController());
    this.set({ state: "uploading", attempts: new Attempts(), isRestarted: false });
    while (!signal.aborted && this.state === "uploading") {
      const answer = await this.request(signal);
      if (!signal.aborted) await this.take(answer, signal);
    }
  }

  async request(signal) {
    const { file, address, sent } = this;
    const { details } = await detailsOf(file);
    if (signal.aborted) return null;
    const onProgress = (loaded) => signal.aborted || this.set({ sent: Math.min(sent + loaded, file.size), isStalled: false });
    // After a failure the body is not sent along: a server that refuses it early may close before its reason arrives.
    const isWhole = file.size <= AT_ONCE && !this.attempts.failures;
    if (!address) return createUpload(file, { details, body: isWhole ? file : null, onProgress, signal });
    if (this.mustAsk) return fetchOffset(address, { hasAll: sent === file.size, signal });
    return appendToUpload(address, sent, { body: file.slice(sent, sent + SLICE), onProgress, signal });
  }

  async take({ status, offset, address, retryAfter, reason, keepsMetadata }, signal) {
    const isGone = this.address && (status === 404 || status === 410 || offset > this.file.size);
    if (status >= 200 && status < 300 && !isGone) {
      this.attempts.onOffset(offset);
      Object.assign(this, { mustAsk: false, isStalled: false, address: this.address ?? address });
      const isComplete = offset === this.file.size;
      const { poster } = await detailsOf(this.file);
      if (isComplete && poster) await putPoster(this.address, poster, signal); // if this fails, the video is sent without it
      if (!signal.aborted) this.set({ state: isComplete ? "complete" : "uploading", sent: offset ?? 0, keepsMetadata });
    } else if (isGone && !this.isRestarted) {
      this.set({ address: null, sent: 0, mustAsk: false, attempts: new Attempts(), isRestarted: true });
    } else if (this.attempts.mayRetry(status)) {
      await this.recover({ status, retryAfter, reason }, signal);
    } else {
      // If the server no longer has the upload, the next attempt starts over.
      this.set({ state: "failed", error: reason ?? this.reason ?? FAILED, address: isGone ? null : this.address, mustAsk: !isGone });
    }
  }

  async recover({ status, retryAfter, reason = this.reason }, signal) {
    // While the server processes the file, it refuses further requests for it.
    const isBusy = status === 409 && this.isProcessing;
    this.attempts.onFailure(isBusy ? 0 : status);
    const canGoOn = status > 0 || (await isReadable(this.file));
    if (signal.aborted) return;
    if (!canGoOn) return this.set({ state: "failed", error: UNREADABLE });
    this.set({ isStalled: !isBusy, reason: status === 409 ? undefined : reason, mustAsk: true, sent: this.address ? this.sent : 0 });
    await waitToRetry(this.attempts.failures, retryAfter, signal);
  }
}
