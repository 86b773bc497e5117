/** The shapes that differ in where the inner coroutine stands. */

import {
  asCompleted,
  asyncWith,
  type Coroutine,
  createTask,
  gather,
  Lock,
  sleep,
  TaskGroup,
  timeout,
  wait,
  waitFor,
} from "tsyncio";
import { forEver, inner, type Log, outer, type Shape, wrappedInner } from "./shape.ts";

const two = ["a c1", "b c1", "a c2", "b c2"];
const group = <R>(body: (tg: TaskGroup) => Coroutine<R>) => asyncWith(new TaskGroup(), body);

const manager = (log: Log, waits: "aenter" | "aexit" | null) => ({
  *aenter(): Coroutine<void> {
    if (waits === "aenter") yield* inner(log);
  },
  *aexit(): Coroutine<void> {
    if (waits === "aexit") yield* inner(log);
    log.push("exited");
  },
});

export const placeShapes: Shape[] = [
  { name: "in a task that is awaited", build: (log) => outer(log, createTask(inner(log))) },
  {
    name: "in an eager task that is awaited",
    build: (log) => outer(log, createTask(inner(log), { eagerStart: true })),
  },
  { name: "in gather", build: (log) => outer(log, gather(inner(log), sleep(100))) },
  {
    name: "twice in gather, both clean up",
    build: (log) => outer(log, gather(inner(log, forEver, "a "), wrappedInner(log, forEver, "b "))),
    expected: two,
  },
  { name: "in gather in gather", build: (log) => outer(log, gather(sleep(100), gather(inner(log), sleep(100)))) },
  {
    name: "in gather with returnExceptions, which waits for all",
    build: (log) =>
      outer(log, gather(inner(log, forEver, "a "), inner(log, forEver, "b "), { returnExceptions: true })),
    expected: two,
  },
  { name: "in waitFor", build: (log) => outer(log, waitFor(inner(log), 100)) },
  { name: "in waitFor of a task", build: (log) => outer(log, waitFor(createTask(inner(log)), 100)) },
  { name: "in waitFor in waitFor", build: (log) => outer(log, waitFor(waitFor(wrappedInner(log), 50), 100)) },
  {
    name: "in timeout",
    build: (log) =>
      outer(
        log,
        asyncWith(timeout(100), () => inner(log)),
      ),
  },
  {
    name: "in timeout in timeout",
    build: (log) =>
      outer(
        log,
        asyncWith(timeout(100), () => asyncWith(timeout(50), () => wrappedInner(log))),
      ),
  },
  {
    name: "a child of a TaskGroup",
    build: (log) =>
      group(function* (tg) {
        tg.createTask(inner(log));
      }),
  },
  {
    name: "two children of a TaskGroup",
    build: (log) =>
      group(function* (tg) {
        tg.createTask(inner(log, forEver, "a "));
        tg.createTask(wrappedInner(log, forEver, "b "), { eagerStart: true });
      }),
    expected: two,
  },
  {
    name: "the body of a TaskGroup",
    build: (log) =>
      outer(
        log,
        group(() => inner(log)),
      ),
  },
  {
    name: "body and child of a TaskGroup",
    build: (log) =>
      group(function* (tg) {
        tg.createTask(inner(log, forEver, "b "));
        try {
          yield* outer(log, inner(log, forEver, "a "));
        } finally {
          yield* sleep(1); // not in the very turn in which the child, cancelled once more, ends its own cleanup
        }
      }),
    expected: ["a c1", "a c2", "b c1", "b c2"],
    expectedAtEnd: ["a c1", "b c1", "a c2", "b c2"],
  },
  {
    name: "in nested TaskGroups, one after the other from the inside out",
    build: (log) =>
      group(function* (tg) {
        tg.createTask(inner(log, () => sleep(100), "outer "));
        yield* group(function* (nested) {
          nested.createTask(inner(log, () => sleep(100), "nested "));
        });
        log.push("LEAK between the groups");
      }),
    expected: ["nested c1", "nested c2", "outer c1", "outer c2"],
    expectedAtEnd: ["outer c1", "nested c1", "outer c2", "nested c2"],
  },
  {
    name: "a TaskGroup in a child of a TaskGroup",
    build: (log) =>
      group(function* (tg) {
        tg.createTask(group(() => outer(log, wrappedInner(log))));
      }),
  },
  { name: "in asCompleted", build: awaitsFirst, expected: [] },
  {
    name: "in wait, which leaves its members alone",
    build: (log) => outer(log, wait([createTask(silent())])),
    expected: [],
  },
  {
    name: "the body of asyncWith",
    build: (log) =>
      outer(
        log,
        asyncWith(manager(log, null), () => inner(log)),
      ),
    expected: ["c1", "c2", "exited"],
  },
  {
    name: "aenter of asyncWith",
    build: (log) =>
      outer(
        log,
        asyncWith(manager(log, "aenter"), () => leaks(log)),
      ),
  },
  {
    name: "aexit of asyncWith",
    build: (log) =>
      outer(
        log,
        asyncWith(manager(log, "aexit"), () => sleep(0)),
      ),
  },
  {
    name: "the body of asyncWith in asyncWith",
    build: (log) =>
      outer(
        log,
        asyncWith(manager(log, null), () => asyncWith(manager(log, null), () => wrappedInner(log))),
      ),
    expected: ["c1", "c2", "exited", "exited"],
  },
  {
    name: "under a lock, which is given back",
    build: underLock,
    expected: ["c1", "c2", "unlocked"],
  },
];

function* leaks(log: Log): Coroutine<void> {
  log.push("LEAK in the body");
}

function* silent(): Coroutine<void> {
  yield* sleep(2);
}

/** The task in asCompleted is left alone, and goes on: here it ends by itself. */
function* awaitsFirst(log: Log): Coroutine<void> {
  for (const next of asCompleted([silent()])) {
    yield* next;
    log.push("LEAK");
  }
}

function* underLock(log: Log): Coroutine<void> {
  const lock = new Lock();
  yield* lock.acquire();
  try {
    yield* inner(log);
    log.push("LEAK under the lock");
  } finally {
    lock.release();
    log.push("unlocked");
  }
}
