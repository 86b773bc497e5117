/** Cancels an await at each stage it has, then has it time out. */

import {
  type Awaitable,
  asyncWith,
  type Coroutine,
  createTask,
  isCancelled,
  sleep,
  TimeoutError,
  timeout,
} from "tsyncio";
import { expect } from "vitest";

/** One try: what is waited for, and what clears up behind it, given the result if there was one. */
export interface Attempt {
  readonly wait: Awaitable<unknown>;
  after?(result: unknown): Coroutine<void> | void;
}

/** An await that ends by itself after some turns, or does and is slow to set up, or never does. */
export type Kind = "ends" | "ends late" | "endless";

export type Begin = () => Coroutine<Attempt>;
export type Every = (kind: Kind, begin: Begin) => Coroutine<void>;
/** By the name of what is awaited: makes what it needs, and passes it to `every`. */
export type Awaits = Record<string, (every: Every) => Coroutine<void>>;

/** Those that end were seen to end so often. */
const COMPLETED = 2;
/** Those that do not have come to rest after that many turns. */
const ENDLESS_STAGES = 15;
/** Turns of the platform as well as of the loop. */
const turn = (i: number): Coroutine<void> => sleep(i % 3 === 2 ? 0.0005 : 0);

/** One turn more than before; after that many a part more, for what takes milliseconds. */
const later = (turns: number, kind: Kind): number =>
  kind === "ends late" ? Math.ceil((turns + 1) * 1.6) : turns < 30 ? turns + 1 : Math.ceil(turns * 1.1);

/** Cancels later and later, until it is not cancelled any more. */
export function* cancelledAtEveryStage(kind: Kind, begin: Begin): Coroutine<void> {
  const seen = { completed: 0, cancelled: 0 };
  const enough = (stage: number): boolean =>
    kind === "endless" ? stage > ENDLESS_STAGES : seen.completed === COMPLETED || stage > 5000;
  for (let stage = 0; !enough(stage); stage = later(stage, kind)) {
    const attempt = yield* begin();
    const task = createTask(awaited(attempt.wait));
    for (let i = 0; i < stage; i++) yield* turn(i);
    task.cancel();
    const { error, value } = yield* outcome(task);
    if (error === null) seen.completed++;
    else if (isCancelled(error)) seen.cancelled++;
    else throw error;
    yield* clear(attempt, value);
  }
  expect(seen.cancelled).toBeGreaterThan(0);
  expect(seen.completed).toBe(kind === "endless" ? 0 : COMPLETED);
}

/** Those that are slow enough time out; a time that has passed already ends all of them. */
export function* timesOut(kind: Kind, begin: Begin): Coroutine<void> {
  for (const seconds of [-1, 0, 0.0005, 0.003, 0.01]) {
    const attempt = yield* begin();
    const { error, value } = yield* outcome(asyncWith(timeout(seconds), () => awaited(attempt.wait)));
    if (error !== null || kind === "endless") expect(error).toBeInstanceOf(TimeoutError);
    yield* clear(attempt, value);
  }
}

function* awaited(wait: Awaitable<unknown>): Coroutine<unknown> {
  return yield* wait;
}

function* outcome(wait: Awaitable<unknown>): Coroutine<{ error: unknown; value: unknown }> {
  try {
    return { error: null, value: yield* wait };
  } catch (error) {
    return { error, value: undefined };
  }
}

function* clear(attempt: Attempt, value: unknown): Coroutine<void> {
  const cleared = attempt.after?.(value);
  if (cleared !== undefined) yield* cleared;
}
