/** What `await` may be given: coroutines, futures, promises, and any other value. */

import { settle } from "../iteration/settle.ts";
import { beginInline } from "../kernel/frame.ts";
import { currentLoop } from "../kernel/future.ts";
import {
  type Awaitable,
  AWAITABLE as awaitable,
  type Coroutine,
  done,
  iscoroutine,
  type Suspend,
} from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { sleep } from "../tasks/sleep.ts";

// As a constant of this module's own: see state.ts.
const AWAITABLE = awaitable;

/**
 * `await value`: what waits for neither a coroutine nor a promise takes one turn of the loop, so that polling does not
 * spin.
 */
export function awaited(value: unknown): Awaitable<unknown> {
  if (isOurs(value)) return value;
  if (iscoroutine(value)) return new Bare(value);
  return promised(value) ?? (sleep(0, value) as Awaitable<unknown>);
}

/**
 * What JavaScript awaits by itself: what is returned or yielded, an item of a sync iterable. A generator that is
 * returned stays one, and a value costs no turn.
 */
export function adopted(value: unknown): Awaitable<unknown> {
  if (isOurs(value)) return value;
  // A generator of tsyncio's own, such as that of queue.join(): native code can await it.
  if (iscoroutine(value) && "then" in value) return new Bare(value);
  return promised(value) ?? new Immediate(value);
}

export function isOurs(value: unknown): value is Awaitable<unknown> {
  return (value as { [AWAITABLE]?: unknown } | null | undefined)?.[AWAITABLE] === true;
}

const PROMISE: WaitOwner = { describeWait: () => "a promise" };

/** A future with the outcome of a promise; null for all else. */
function promised(value: unknown): Awaitable<unknown> | null {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return null;
  const { then } = value as { then?: unknown };
  if (typeof then !== "function") return null;
  return settle(value instanceof Promise ? value : fromThenable(value, then as Then), currentLoop(), PROMISE);
}

type Then = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => unknown;

/** As JavaScript does it: `then` has been read once. Where it is an async method, its coroutine begins at once. */
function fromThenable(thenable: object, then: Then): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const called = then.call(thenable, resolve, reject);
    if (isOurs(called) && iscoroutine(called)) currentLoop().createTask(called, { eagerStart: true });
  });
}

/** The coroutine of a plain `function*`, as a flat one. */
class Bare implements Awaitable<unknown> {
  declare private readonly coro: Coroutine<unknown>;

  constructor(coro: Coroutine<unknown>) {
    this.coro = coro;
  }

  [Symbol.iterator](): Iterator<Suspend, unknown, unknown> {
    return kernel.currentTask === null ? this.coro : beginInline(this.coro);
  }
}

/** A value, without a turn. */
class Immediate implements Awaitable<unknown> {
  declare private readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Suspend, unknown> {
    return done(this.value);
  }
}
