/** The shapes in which the inner coroutine stands inside an asynchronous iteration. */

import {
  aiter,
  anext,
  asyncFilter,
  asyncFor,
  asyncGenerator,
  asyncMap,
  type Coroutine,
  coroutine,
  cursor,
  events,
  getRunningLoop,
  retry,
  sleep,
  toArray,
} from "tsyncio";
import { forEver, inner, type Log, outer, type Shape, wrappedInner } from "./shape.ts";

/** Yields one item, and then waits in a body with a cleanup. */
const source = asyncGenerator(function* (log: Log) {
  yield "item";
  yield* inner(log);
  log.push("LEAK in the source");
  yield "LEAK";
});

/** Yields items forever, and cleans up when it is closed. */
const closing = asyncGenerator(function* (log: Log) {
  try {
    for (;;) {
      yield* sleep(0.1);
      yield "item";
    }
  } finally {
    yield* sleep(0.1);
    log.push("closed");
  }
});

export const iterationShapes: Shape[] = [
  {
    name: "the body of asyncFor",
    build: (log) =>
      outer(
        log,
        asyncFor(closing(log), () => inner(log)),
      ),
    expected: ["c1", "c2", "closed"],
  },
  {
    name: "the body of asyncFor, made by coroutine()",
    build: (log) =>
      outer(
        log,
        asyncFor(
          closing(log),
          coroutine(function* () {
            yield* wrappedInner(log);
          }),
        ),
      ),
    expected: ["c1", "c2", "closed"],
  },
  {
    name: "the source of asyncFor",
    build: (log) =>
      outer(
        log,
        asyncFor(source(log), () => sleep(0)),
      ),
  },
  { name: "the source of a cursor", build: drainsByCursor },
  { name: "in anext of an async generator", build: drainsByAnext },
  { name: "the source of toArray", build: (log) => outer(log, toArray(source(log))) },
  { name: "the source of asyncMap", build: (log) => outer(log, toArray(asyncMap(source(log), (item) => item))) },
  {
    name: "the function of asyncMap",
    build: (log) => outer(log, toArray(asyncMap(closing(log), () => inner(log)))),
    expected: ["c1", "c2", "closed"],
  },
  {
    name: "the source of asyncMap with a limit",
    build: (log) => outer(log, toArray(asyncMap(source(log), (item) => item, { limit: 3 }))),
  },
  {
    name: "the function of asyncMap with a limit, the source waits for room",
    build: (log) => outer(log, toArray(asyncMap(closing(log), () => inner(log), { limit: 1 }))),
    expected: ["closed", "c1", "c2"],
  },
  {
    name: "two calls of the function of asyncMap with a limit",
    build: (log) =>
      outer(
        log,
        toArray(asyncMap(["a ", "b ", "c "], (who) => inner(log, forEver, who), { limit: 2, ordered: false })),
      ),
    expected: ["a c1", "b c1", "a c2", "b c2"],
  },
  {
    name: "the body of asyncFor over asyncMap with a limit",
    build: (log) =>
      outer(
        log,
        asyncFor(
          asyncMap(closing(log), (item) => sleep(0.1, item), { limit: 2 }),
          () => inner(log),
        ),
      ),
    expected: ["c1", "c2", "closed"],
    expectedAtEnd: ["closed", "c1", "c2"],
  },
  {
    name: "the body of asyncFor over events",
    build: (log) => {
      const target = new EventTarget();
      const loop = getRunningLoop();
      loop.callLater(0.5, () => target.dispatchEvent(new Event("tick")));
      return outer(
        log,
        asyncFor(events(target, "tick"), () => inner(log)),
      );
    },
  },
  {
    name: "the function of retry",
    build: (log) =>
      outer(
        log,
        retry(() => inner(log), { attempts: 5 }),
      ),
  },
  {
    name: "the source of asyncFilter in asyncMap",
    build: (log) =>
      outer(
        log,
        toArray(
          asyncMap(
            asyncFilter(source(log), () => true),
            (item) => item,
          ),
        ),
      ),
  },
  { name: "an async generator that drives another one", build: (log) => outer(log, toArray(relay(log))) },
  { name: "aclose of an async generator", build: closesGenerator },
];

const relay = asyncGenerator(function* (log: Log) {
  const c = cursor(source(log));
  while (yield* c.next()) yield c.value;
  log.push("LEAK in the relay");
});

function* drainsByCursor(log: Log): Coroutine<void> {
  const c = cursor(source(log));
  while (yield* c.next()) yield* sleep(0);
  log.push("LEAK after the cursor");
}

function* drainsByAnext(log: Log): Coroutine<void> {
  const generator = aiter(source(log));
  yield* anext(generator);
  yield* anext(generator);
  log.push("LEAK after anext");
}

function* closesGenerator(log: Log): Coroutine<void> {
  const generator = asyncGenerator(function* () {
    try {
      yield 1;
    } finally {
      yield* inner(log);
      log.push("LEAK in the generator");
    }
  })();
  yield* anext(generator);
  yield* generator.aclose();
  log.push("LEAK after aclose");
}
