/** The coroutines of our own: leaves, which are written by hand, and generators. Native code can await them. */

import {
  AWAITABLE,
  type Awaitable,
  CHAINABLE,
  type Chainable,
  type Coroutine,
  type CoroutineObject,
  done,
  GENERATOR_NEXT,
  GENERATOR_PROTOTYPE,
  iscoroutinefunction,
  type Suspend,
} from "./protocol.ts";
import { kernel } from "./state.ts";

/**
 * What native code gets when it awaits a coroutine, as `toPromise` makes it. One that was awaited before rejects it.
 */
export function promiseOf<T>(coro: Awaitable<T>): Promise<T> {
  return (kernel.promiseOf as NonNullable<typeof kernel.promiseOf>)(coro);
}

/** `then` of generators. */
export function thenOf<T, A, B>(
  this: Awaitable<T>,
  onfulfilled?: (value: T) => A | PromiseLike<A>,
  onrejected?: (reason: unknown) => B | PromiseLike<B>,
): Promise<A | B> {
  return promiseOf(this).then(onfulfilled, onrejected);
}

/** What the generators inherit from that native code can await. */
export const THENABLE_PROTOTYPE: object = /* @__PURE__ */ Object.create(GENERATOR_PROTOTYPE, {
  then: { value: thenOf, configurable: true },
  ...CHAINABLE,
});

/**
 * The same generator function; what it makes has `then`. Costs a call nothing, since the prototype has it:
 *
 *     export const toArray = /* @__PURE__ *\/ thenable(function* toArray() { … });
 *
 * One whose type has `Native` must say its type: where it is inferred, the declarations have what that is here and now.
 */
export function thenable<A extends unknown[], T>(fn: (...args: A) => Coroutine<T>): (...args: A) => CoroutineObject<T> {
  fn.prototype = THENABLE_PROTOTYPE;
  return fn as (...args: A) => CoroutineObject<T>;
}

/**
 * `thenable` for all generator methods of a class. The property keeps it in bundles that have the class, and only in
 * those:
 *
 *     static readonly _thenable: true = /* @__PURE__ *\/ thenableMethods(Lock);
 *
 * A generator function must not return what has `then`, says the compiler: a method's own type stands above it, as an
 * overload.
 */
export function thenableMethods({ prototype }: { prototype: object }): true {
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(prototype))) {
    if (iscoroutinefunction(value)) value.prototype = THENABLE_PROTOTYPE;
  }
  return true;
}

/** The same for a class that has a `then` of its own: `catch` and `finally` stand on it. */
export function chainable({ prototype }: { prototype: object }): true {
  Object.defineProperties(prototype, CHAINABLE);
  return true;
}

/**
 * The shape of a coroutine written by hand, for the hot paths: no generator object, no frame.
 * `next()` is called once to begin; after that with the completed future, or with `PROBE`.
 */
export abstract class LeafCoroutine<T> implements CoroutineObject<T> {
  declare catch: Chainable<T>["catch"];
  declare finally: Chainable<T>["finally"];

  abstract next(value?: unknown): IteratorResult<Suspend, T>;
  throw(error: unknown): IteratorResult<Suspend, T> {
    throw error;
  }
  return(value: T): IteratorResult<Suspend, T> {
    return done(value);
  }
  [Symbol.iterator](): this {
    return this;
  }
  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return promiseOf(this).then(onfulfilled, onrejected);
  }
}

// A value, not a getter: what is awaited in native syntax is asked for it each time.
Object.defineProperties(LeafCoroutine.prototype, { [AWAITABLE]: { value: true }, ...CHAINABLE });

/**
 * A coroutine runs once: what drives it claims it first. False if it was claimed before. A generator that has
 * ended would return `undefined` instead of an error; those written by hand know their state themselves.
 */
export function claim(coro: Coroutine<unknown>): boolean {
  return coro instanceof LeafCoroutine || claimGenerator(coro);
}

/** `claim` where it is known to be a generator. */
export function claimGenerator(coro: Coroutine<unknown>): boolean {
  const marked = coro as { _used?: true };
  if (marked._used === true) return false;
  marked._used = true;
  return true;
}

/** True for a generator that was not claimed. */
export function isFresh(value: unknown): boolean {
  const generator = value as { next?: unknown; _used?: true } | null;
  return generator?.next === GENERATOR_NEXT && generator._used !== true;
}
