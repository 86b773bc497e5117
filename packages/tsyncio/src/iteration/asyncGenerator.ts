/** Async generators: Python's `async def` with a `yield` in it. */

import { describe } from "../base/describe.ts";
import { GeneratorExit } from "../base/errors.ts";
import { type CoroutineObject, iscoroutine, type Suspend } from "../kernel/protocol.ts";
import { beginUse } from "./asyncGenRegistry.ts";
import { AsyncGenState } from "./asyncGenState.ts";
import { Asend, Athrow } from "./asyncGenSteps.ts";
import { NativeIterator } from "./nativeIterator.ts";
import type { AsyncioIterable, AsyncioIterator } from "./sources.ts";

/**
 * What calling an async generator function returns: Python's `async_generator`. Nothing has run yet. Its methods return
 * coroutines, each to be awaited once; only one may be under way at a time.
 */
export class AsyncGen<Y, S = unknown> implements AsyncioIterator<Y>, AsyncioIterable<Y>, AsyncIterable<Y> {
  /** @internal */ declare readonly _state: AsyncGenState;

  /** @internal */
  constructor(body: Generator<unknown, unknown, unknown>, name: string) {
    this._state = new State(body, name);
  }

  aiter(): this {
    return this;
  }

  /** Runs to the next `yield value`, and returns the value. Throws `StopAsyncIteration` when the body has ended. */
  anext(): CoroutineObject<Y> {
    return new Asend<Y>(this._use(), this, undefined);
  }

  /** The same; `value` becomes the value of the `yield` at which the body stands. It must stand at one. */
  asend(value: S | null | undefined): CoroutineObject<Y> {
    return new Asend<Y>(this._use(), this, value);
  }

  /**
   * Throws `error` at the `yield` at which the body stands. Returns the next value if the body goes on; undefined if
   * it had ended before.
   */
  athrow(error: unknown): CoroutineObject<Y | undefined> {
    return new Athrow<Y>(this._use(), this, error, false);
  }

  /**
   * Throws `GeneratorExit` at the `yield` at which the body stands, and waits until the body has ended: its `finally`
   * blocks run. Does nothing if it has ended. Throws `RuntimeError` if the body yields once more.
   */
  aclose(): CoroutineObject<void> {
    return new Athrow<void>(this._use(), this, new GeneratorExit(), true) as CoroutineObject<void>;
  }

  /** For native `for await`: each item is fetched by a task, and leaving the loop closes the generator. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Y> {
    return new NativeIterator<Y>(this);
  }

  toString(): string {
    return this._state.toString();
  }

  /** @internal */
  _use(): AsyncGenState {
    const state = this._state;
    if (state.loop === null) beginUse(state, this);
    return state;
  }
}

class State extends AsyncGenState {
  aclose(): CoroutineObject<void> {
    return new Athrow(this, null, new GeneratorExit(), true) as CoroutineObject<void>;
  }
}

type Body = Generator<unknown, unknown, unknown>;

/** The async generator of a body: what it yields beside `Suspend`, and what its `yield` takes. */
export type AsyncGenOf<G> = G extends Generator<infer Y, unknown, infer S> ? AsyncGen<Exclude<Y, Suspend>, S> : never;

/**
 * Makes an async generator function of a generator function. In its body `yield* awaitable` waits, as in any
 * coroutine, and `yield value` hands a value to the code that iterates. `this` is `thisArg`, else that of the call.
 *
 *     const ticks = asyncGenerator(function* (n: number) {
 *       for (let i = 0; i < n; i++) {
 *         yield* sleep(1);
 *         yield i;
 *       }
 *     });
 *     yield* asyncFor(ticks(3), function* (i) { console.log(i); });
 *
 * A returned value is dropped: Python has none. Hand the items of an array over with a loop: `yield* array` works,
 * but JavaScript cannot throw into it, so that a generator that stands there cannot be closed.
 */
export function asyncGenerator<This, A extends unknown[], G extends Body>(
  fn: (this: This, ...args: A) => G,
  thisArg: This,
): (...args: A) => AsyncGenOf<G>;
export function asyncGenerator<This, A extends unknown[], G extends Body>(
  fn: (this: This, ...args: A) => G,
): (this: This, ...args: A) => AsyncGenOf<G>;
export function asyncGenerator<This, A extends unknown[], G extends Body>(
  fn: (this: This, ...args: A) => G,
  thisArg?: This,
): (this: This, ...args: A) => AsyncGenOf<G> {
  checkFunction(fn);
  const make = function (this: This, ...args: A): AsyncGenOf<G> {
    const body = fn.apply(thisArg === undefined ? this : thisArg, args);
    if (!iscoroutine(body)) {
      throw new TypeError(`asyncGenerator expects a function*, and ${fn.name || "it"} returned ${describe(body)}`);
    }
    return new AsyncGen(body, fn.name || "<anonymous>") as AsyncGenOf<G>;
  };
  Object.defineProperty(make, "name", { value: fn.name, configurable: true });
  return make;
}

function checkFunction(fn: unknown): void {
  if (typeof fn !== "function") throw new TypeError(`asyncGenerator expects a function*, got ${describe(fn)}`);
  if (Object.prototype.toString.call(fn) === "[object AsyncGeneratorFunction]") {
    throw new TypeError("asyncGenerator expects a function*, not an async function*: that can be iterated as it is");
  }
}
