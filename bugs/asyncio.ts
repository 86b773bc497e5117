/** What asyncio's own primitives once did to tasks that were cancelled, or were two. */

import { createTask, gather, Lock, Semaphore, waitFor } from "tsyncio";
import { type Bug, bug } from "./bug.ts";
import { io } from "./helpers/io.ts";
import { FlowControl, OldLock, OldSemaphore, oldWaitFor } from "./helpers/oldAsyncio.ts";

const lock27585 = bug(
  {
    name: "asyncio-lock-27585",
    source: "https://bugs.python.org/issue27585, https://github.com/python/cpython/pull/1031",
    story:
      "release() wakes the first task that waits for the lock. If this task is cancelled before it has its turn, it " +
      "goes away without waking the next, and the free lock is waited for.",
    finds: "deadlock",
  },
  function* lockAndCancel(fixed) {
    const lock = fixed ? new Lock() : new OldLock();

    function* use() {
      yield* lock.acquire();
      try {
        yield* io(1);
      } finally {
        lock.release();
      }
    }
    const users = [1, 2, 3].map((n) => createTask(use(), { name: `user ${n}` }));
    yield* io(1.5);
    users[1]?.cancel();
    yield* gather(...users, { returnExceptions: true });
  },
);

const semaphore90155 = bug(
  {
    name: "asyncio-semaphore-90155",
    source: "https://github.com/python/cpython/issues/90155",
    story:
      "The semaphore notes that it has woken a task, and the task wipes the note out when it comes. If it is cancelled " +
      "on its way, the note stays, and no task gets in any more.",
    finds: "deadlock",
  },
  function* hotelRoom(fixed) {
    const key = fixed ? new Semaphore(1) : new OldSemaphore(1);

    function* stay(milliseconds: number) {
      yield* io(milliseconds);
      yield* key.acquire();
      try {
        yield* io(1);
      } finally {
        key.release();
      }
    }
    const zero = createTask(stay(1), { name: "zero" });
    const one = createTask(stay(1.2), { name: "one" });
    yield* io(2.4);
    one.cancel();
    yield* gather(zero, one, { returnExceptions: true });
    yield* stay(1);
  },
);

const waitFor86296 = bug(
  {
    name: "asyncio-wait_for-86296",
    source: "https://github.com/python/cpython/issues/86296 (bpo-42130)",
    story:
      "wait_for() is cancelled in the moment in which what it waits for has ended: it returns the result, and the " +
      "cancellation is forgotten.",
    finds: "swallowed cancellation",
  },
  function* connection(fixed) {
    function* read() {
      yield* io(1);
      return "line";
    }
    function* serve() {
      const line = fixed ? yield* waitFor(read(), 60) : yield* oldWaitFor(read(), 60);
      yield* io(1); // the answer
      return line;
    }
    const serving = createTask(serve(), { name: "serve" });
    yield* io(1.5);
    serving.cancel();
    yield* gather(serving, { returnExceptions: true });
  },
);

const drain74116 = bug(
  {
    name: "asyncio-drain-74116",
    source: "https://github.com/python/cpython/issues/74116 (bpo-29930)",
    story: "Only one task may wait for the buffer of a connection to drain; a second one meets a failing assertion.",
    finds: "error",
  },
  function* writers(fixed) {
    const flow = new FlowControl(fixed);

    function* write(milliseconds: number) {
      yield* io(milliseconds);
      flow.pause();
      yield* flow.drain();
    }
    function* peer() {
      yield* io(2);
      flow.resume();
      yield* io(2);
      flow.resume();
      yield* io(4);
      flow.resume();
    }
    yield* gather(write(1), write(2.5), peer());
  },
);

export const asyncioBugs: readonly Bug[] = [lock27585, semaphore90155, waitFor86296, drain74116];
