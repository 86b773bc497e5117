/** What the tables of shapes are made of. */

import { type Awaitable, type Coroutine, coroutine, getRunningLoop, sleep } from "tsyncio";

export type Log = string[];

/** `outer{ yield* inner{ try { wait } finally { await c1; await c2 } } LEAK }` in one of its many forms. */
export interface Shape {
  readonly name: string;
  /** The outer coroutine. When it is cancelled it must write `expected`, and never "LEAK". */
  readonly build: (log: Log) => Coroutine<unknown>;
  /** `["c1", "c2"]` without it. */
  readonly expected?: Log;
  /** What it writes when the end of `run()` cancels all tasks at once, where that is something else. */
  readonly expectedAtEnd?: Log;
}

/** Waits in one of the many ways; no task will ever end the wait. */
export type Wait = () => Awaitable<unknown>;

export const forEver: Wait = () => getRunningLoop().createFuture();

/** The cleanup: two waits of different kinds. */
export function* cleanUp(log: Log, who = ""): Coroutine<void> {
  yield* sleep(1);
  log.push(`${who}c1`);
  const loop = getRunningLoop();
  const future = loop.createFuture<void>();
  loop.callLater(1, () => future.done() || future.setResult());
  yield* future;
  log.push(`${who}c2`);
}

export function* inner(log: Log, wait: Wait = forEver, who = ""): Coroutine<void> {
  try {
    yield* wait();
    log.push(`${who}LEAK after the wait`);
  } finally {
    yield* cleanUp(log, who);
  }
}

/** A coroutine that lets `awaitable` stand under one more frame. */
export function* outer(log: Log, awaitable: Awaitable<unknown>): Coroutine<void> {
  yield* awaitable;
  log.push("LEAK after the inner one");
}

const wrappedOuter = coroutine(function* wrappedOuter(log: Log, awaitable: Awaitable<unknown>) {
  yield* awaitable;
  log.push("LEAK after the inner one");
});

export const wrappedInner = coroutine(function* wrappedInner(log: Log, wait: Wait = forEver, who: string = "") {
  try {
    yield* wait();
    log.push(`${who}LEAK after the wait`);
  } finally {
    yield* cleanUp(log, who);
  }
});

/** A chain as deep as `kinds` is long, the outermost first: "p" is a plain generator, "w" one made by `coroutine()`. */
export function chain(kinds: string, log: Log, wait?: Wait): Coroutine<void> {
  let coro: Coroutine<void> = kinds.endsWith("w") ? wrappedInner(log, wait) : inner(log, wait);
  for (const kind of [...kinds.slice(0, -1)].reverse()) {
    coro = kind === "w" ? wrappedOuter(log, coro) : outer(log, coro);
  }
  return coro;
}
