// The queue of uploads: two run at once, the others wait.

const MOST_AT_ONCE = 2;
const LONGEST_WAIT = 30; // s
const queue = [];
let running = 0;

function runNext() {
  while (running < MOST_AT_ONCE && queue.length) {
    running += 1;
    queue.shift().run().finally(() => ((running -= 1), runNext()));
  }
}

/** Removes an upload from the queue. */
export function dequeue(upload) {
  if (queue.includes(upload)) queue.splice(queue.indexOf(upload), 1);
}

/** Runs an upload when it is its turn. */
export function enqueue(upload) {
  dequeue(upload);
  queue.push(upload);
  runNext();
}

/** Waits before the next attempt: longer each time or as the server says, at most until the device is back online. */
export const waitToRetry = (failures, retryAfter, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(end, (retryAfter || Math.min(2 ** (failures - 1), LONGEST_WAIT)) * 1000);
    function end() {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    }
    addEventListener("online", end);
    signal.addEventListener("abort", end, { once: true });
  });
