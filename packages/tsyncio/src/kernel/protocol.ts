/** What a coroutine is, what it may yield, and how a suspended one is looked at. */

/**
 * The type of the one value that a leaf yields. Nominal: nothing else has this brand, so that a plain `yield`
 * in a coroutine is a type error where the coroutine is used.
 */
export class Suspend {
  declare protected readonly brand: true;
}

/** Anything that `yield*` can wait for: a coroutine, a `Future`, a `Task`. */
export interface Awaitable<T> {
  [Symbol.iterator](): Iterator<Suspend, T, unknown>;
}

/** What calling a `function*` returns: nothing has run yet, and it can run once. */
export interface Coroutine<T> extends Awaitable<T> {
  next(value?: unknown): IteratorResult<Suspend, T>;
  throw(error: unknown): IteratorResult<Suspend, T>;
  return(value: T): IteratorResult<Suspend, T>;
}

/**
 * What native code can await, as a promise. In native syntax `await x.catch(f)` and `await x.finally(f)` stay in the
 * task; everywhere else they begin the coroutine at once, as `then` does.
 */
export interface Chainable<T> extends PromiseLike<T> {
  catch<B = never>(onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B>;
  finally(onfinally?: (() => void) | null): Promise<T>;
}

/** A coroutine that native code can await too: what the functions of tsyncio and of `coroutine()` return. */
export interface CoroutineObject<T> extends Coroutine<T>, Chainable<T> {}

/** What the program is written in: `tsyncio/native/types` adds `native: true`. */
// biome-ignore lint/suspicious/noEmptyInterface: a program adds to it
export interface Syntax {}

/**
 * In a program in native syntax what the call of an async function returns: its type is a promise, and it is a
 * coroutine. In all other programs nothing, so that a promise in the place of a coroutine is an error.
 */
export type Native<T> = Syntax extends { native: true } ? Promise<T> : never;

/** What is an `A` to a generator can be awaited in native syntax. */
export type NativeResult<A> = Syntax extends { native: true } ? CoroutineObject<ResultOf<A>> : A;

/** A coroutine that can be awaited in native syntax. */
export type NativeCoroutine<T> = NativeResult<Coroutine<T>>;

/**
 * What `aenter` and `aexit` return. A subclass may have a `function*` in their place; in native syntax, an async
 * method.
 */
export type ContextMethod<T> = NativeCoroutine<T> | Native<T>;

/** True for coroutines, futures, and objects that `yield*` can wait for. An array is iterable, but not awaitable. */
export function isAwaitable(value: unknown): value is Awaitable<unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Symbol.iterator in value;
}

/** The value that awaiting an awaitable returns. */
export type ResultOf<A> = A extends Awaitable<infer T> ? T : A extends PromiseLike<infer T> ? T : never;

/** What a leaf returns to suspend its task. */
export type Suspended = { readonly done: false; readonly value: Suspend };

export function done<T>(value: T): IteratorReturnResult<T> {
  return { done: true, value };
}

/**
 * What has this property is awaitable as it is: `yield*` iterates it. For the native syntax, where what follows `await`
 * may be any value, and most that can be iterated are values. A class of a program's own that is awaitable by
 * `[Symbol.iterator]` alone may have it too.
 */
export const AWAITABLE: unique symbol = Symbol.for("tsyncio.awaitable") as never;

/**
 * What an object that has a `then` of its own has beside it: a promise's methods, which are made to work on any such
 * object.
 */
export const CHAINABLE: PropertyDescriptorMap = /* @__PURE__ */ (() => ({
  catch: { value: Promise.prototype.catch },
  finally: { value: Promise.prototype.finally },
}))();

/**
 * What has this method has begun already, as a task: `createTask` calls it, and makes none. For what native code has
 * begun by calling a coroutine function of the native syntax.
 */
export const ADOPT: unique symbol = Symbol.for("tsyncio.adopt") as never;

/** What all generator functions inherit from. */
export const GENERATOR_FUNCTION = Object.getPrototypeOf(function* () {}) as GeneratorFunction;

/** What all generators inherit from. */
export const GENERATOR_PROTOTYPE = GENERATOR_FUNCTION.prototype as Generator<unknown, unknown, unknown>;

/**
 * `next` of every generator. Each `function*` returns objects of another shape, and in the one place that drives them
 * all a look-up of `next` would cost a fifth of a switch.
 */
export const GENERATOR_NEXT = GENERATOR_FUNCTION.prototype.next as (
  this: unknown,
  value?: unknown,
) => IteratorResult<Suspend, unknown>;

/** `inspect.iscoroutine`: true for the object that calling a `function*` returns. */
export function iscoroutine(value: unknown): value is Coroutine<unknown> {
  if (!isAwaitable(value)) return false;
  const it = value as { next?: unknown; throw?: unknown };
  return typeof it.next === "function" && typeof it.throw === "function";
}

/** `inspect.iscoroutinefunction`: true for a `function*`, and for what `coroutine` makes of one. */
export function iscoroutinefunction(value: unknown): value is (...args: never[]) => Coroutine<unknown> {
  return (
    value instanceof (GENERATOR_FUNCTION.constructor as new () => GeneratorFunction) ||
    (typeof value === "function" && COROUTINE_FUNCTION in value)
  );
}

/** Marks the functions that `coroutine()` made. */
export const COROUTINE_FUNCTION: unique symbol = Symbol.for("tsyncio.coroutineFunction") as never;

/**
 * What an executor returns for a function that returns `R`: promises are waited for, and coroutines where they can be
 * run.
 */
export type JobResult<R> = R extends Coroutine<infer T> ? T : Awaited<R>;
