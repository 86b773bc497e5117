/** The shapes that differ in how the cleanup is written. */

import {
  asyncWith,
  type Coroutine,
  createTask,
  Event,
  gather,
  isCancelled,
  Queue,
  shield,
  sleep,
  TaskGroup,
  TimeoutError,
  timeout,
  waitFor,
} from "tsyncio";
import { cleanUp, forEver, inner, type Log, outer, type Shape, wrappedInner } from "./shape.ts";

/** `try { wait forever } finally { cleanup }`, under another frame. */
function shape(name: string, cleanup: (log: Log) => Coroutine<unknown>, expected?: Log): Shape {
  function* waits(log: Log): Coroutine<void> {
    try {
      yield* forEver();
      log.push("LEAK after the wait");
    } finally {
      yield* cleanup(log);
    }
  }
  return { name, build: (log) => outer(log, waits(log)), ...(expected && { expected }) };
}

const logged = (log: Log, text: string) =>
  (function* () {
    yield* sleep(1);
    log.push(text);
  })();

export const cleanupShapes: Shape[] = [
  shape("the cleanup is a coroutine of its own, in a task", (log) => outer([], createTask(cleanUp(log)))),
  shape("the cleanup gathers", (log) => outer([], gather(logged(log, "c1"), logged(log, "c2")))),
  shape("the cleanup has a timeout that does not expire", (log) => waitFor(cleanUp(log), 10)),
  shape("the cleanup has a timeout that expires", function* (log) {
    try {
      yield* waitFor(sleep(100), 1);
    } catch (error) {
      log.push(error instanceof TimeoutError ? "c1" : String(error));
    }
    yield* asyncWith(timeout(10), () => logged(log, "c2"));
  }),
  shape("the cleanup uses a TaskGroup", (log) =>
    asyncWith(new TaskGroup(), function* (tg) {
      tg.createTask(logged(log, "c1"));
      tg.createTask(logged(log, "c2"));
    }),
  ),
  shape("the cleanup is shielded", (log) => outer([], shield(cleanUp(log)))),
  shape("the cleanup waits for a queue and an event", function* (log) {
    const queue = new Queue<string>();
    const event = new Event();
    createTask(
      (function* () {
        yield* sleep(1);
        yield* queue.put("c1");
        event.set();
      })(),
    );
    log.push(yield* queue.get());
    yield* event.wait();
    log.push("c2");
  }),
  shape(
    "the cleanup has a try/finally of its own",
    function* (log) {
      try {
        yield* cleanUp(log, "first ");
      } finally {
        yield* cleanUp(log, "second ");
      }
    },
    ["first c1", "first c2", "second c1", "second c2"],
  ),
  shape("the cleanup catches an error of its own", function* (log) {
    try {
      yield* sleep(0);
      throw new Error("of the cleanup");
    } catch {
      yield* cleanUp(log);
    }
  }),
  {
    name: "nested tries, each with a cleanup",
    build: function* (log) {
      try {
        try {
          yield* outer(log, inner(log, forEver, "1 "));
        } finally {
          yield* cleanUp(log, "2 ");
        }
        log.push("LEAK");
      } finally {
        yield* cleanUp(log, "3 ");
      }
    },
    expected: ["1 c1", "1 c2", "2 c1", "2 c2", "3 c1", "3 c2"],
  },
  {
    name: "tries in each of several frames",
    build: (log) => nestedFrames(log, 4),
    expected: [0, 1, 2, 3, 4].flatMap((n) => [`${n} c1`, `${n} c2`]),
  },
  {
    name: "caught and thrown again in each frame",
    build: (log) => rethrows(log, 3),
    expected: ["c1", "c2", "caught", "caught", "caught"],
  },
  {
    name: "a finally that returns nothing, in a loop with break and continue",
    build: function* (log) {
      for (let i = 0; i < 3; i++) {
        try {
          if (i === 0) continue;
          yield* wrappedInner(log);
          log.push("LEAK in the loop");
        } finally {
          yield* sleep(0);
          log.push(`round ${i}`);
        }
      }
    },
    expected: ["round 0", "c1", "c2", "round 1"],
  },
  {
    name: "waits in a catch block, after an error",
    build: function* (log) {
      try {
        throw new Error("before");
      } catch {
        yield* inner(log);
        log.push("LEAK in the catch");
      }
    },
  },
  {
    name: "waits in a finally block, without an error",
    build: function* (log) {
      try {
        yield* sleep(0);
      } finally {
        yield* inner(log);
        log.push("LEAK in the finally");
      }
    },
  },
];

function* nestedFrames(log: Log, depth: number): Coroutine<void> {
  try {
    yield* depth === 0 ? forEver() : nestedFrames(log, depth - 1);
    log.push("LEAK");
  } finally {
    yield* cleanUp(log, `${depth} `);
  }
}

function* rethrows(log: Log, depth: number): Coroutine<void> {
  try {
    yield* depth === 0 ? inner(log) : rethrows(log, depth - 1);
    log.push("LEAK");
  } catch (error) {
    yield* sleep(0);
    if (isCancelled(error) && depth > 0) log.push("caught");
    throw error;
  }
}
