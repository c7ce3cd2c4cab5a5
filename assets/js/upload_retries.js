// Decides which failed requests of an upload are sent again.

const MOST_REFUSALS = 6; // answers without progress after which an upload fails
const TEMPORARY = [408, 409, 423, 425, 429]; // statuses after which a retry may succeed; 409 means a different offset

/** Error for which the server gave no reason. */
export const FAILED = "Couldn’t upload this file.";
/** Error of a file that the browser can no longer read. */
export const UNREADABLE = "Can’t read this file. If it was moved or changed, attach it again.";
/** Whether the browser can still read a file. */
export const isReadable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

/** Counts the attempts of an upload since the server last received more of it. */
export class Attempts {
  failures = 0;
  refusals = 0; // failures that the server answered
  received = -1; // bytes

  /** The server has this many bytes. A known number is no progress: the server may refuse each further part. */
  onOffset(offset) {
    if (offset > this.received) Object.assign(this, { received: offset, failures: 0, refusals: 0 });
  }

  /** An attempt failed. `status` is 0 without an answer. */
  onFailure(status) {
    this.failures += 1;
    if (status) this.refusals += 1;
  }

  /** Whether to try again: always without a connection, otherwise a few times. */
  mayRetry(status) {
    const isTemporary = !status || (status >= 500 && status !== 507) || TEMPORARY.includes(status);
    return isTemporary && (!status || this.refusals < MOST_REFUSALS);
  }
}
