/** asyncio's exceptions, and those of Python's built-in ones that its functions raise. */

import { DEV } from "#dev";
import { describe } from "./describe.ts";
import { sharedRecord } from "./sharedRecord.ts";

type ErrorArgs = [message?: string, options?: ErrorOptions];

/** The error classes of all copies of the package in a thread, by name: an error of one is caught in another. */
const classes = /* @__PURE__ */ sharedRecord("tsyncio.errors", () => ({ byName: new Map<string, unknown>() })).byName;

/**
 * Sets the name of the class for messages and stacks; returns the class of the first copy of the package that has made
 * it. A pure call, not a `static` block: what a program does not use is left out of its bundle.
 */
export function named<C extends { prototype: Error }>(name: string, cls: C): C {
  const first = classes.get(name) as C | undefined;
  if (first !== undefined) return first;
  classes.set(name, cls);
  Object.defineProperty(cls.prototype, "name", { value: name, writable: true, configurable: true });
  return cls;
}

/**
 * An error that captures no stack: creating one costs as much as any small object. For exceptions that are
 * part of the normal flow, a cancelled wait above all, where `new Error` would cost ten times the wait.
 */
class StacklessError {
  declare readonly name: string;
  declare readonly message: string;
  declare cause?: unknown;

  constructor(message = "", options?: ErrorOptions) {
    this.message = message;
    if (options !== undefined) this.cause = options.cause;
  }
}
Object.setPrototypeOf(StacklessError.prototype, Error.prototype);
Object.defineProperty(StacklessError.prototype, "stack", {
  get() {
    return String(this);
  },
  set(value) {
    Object.defineProperty(this, "stack", { value, writable: true, configurable: true });
  },
  configurable: true,
});
const Stackless = StacklessError as unknown as ErrorConstructor;

/** What is published of it, and what is not. */
declare namespace published {
  class CancelledError extends Stackless {}
}
interface Answer {
  _answer(task: object): void;
  _hasAnswered(task: object): boolean;
}

/** Thrown at the `yield*` where a cancelled task waits. In Python a `BaseException`: see `isCancelled`. */
export const CancelledError = /* @__PURE__ */ named(
  "CancelledError",
  // Of one class, since a second one below it doubles what an error costs.
  class CancelledError extends Stackless implements Answer {
    /** The task, of the kernel's, whose `cancel()` this error has answered last. Not visible on an error. */
    #answered: object | null = null;

    _answer(task: object): void {
      this.#answered = task;
    }

    _hasAnswered(task: object): boolean {
      return this.#answered === task;
    }
  } as unknown as typeof published.CancelledError,
);
export type CancelledError = InstanceType<typeof CancelledError>;

/** A `cancel()` of `task` is answered by this error, which is thrown into its coroutine now. */
export function answer(task: object, error: CancelledError): void {
  (error as unknown as Answer)._answer(task);
}

/** False where the error is an outcome: of what the task has waited for, or the program's own. */
export function hasAnswered(task: object, error: CancelledError): boolean {
  return (error as unknown as Answer)._hasAnswered(task);
}

/** Python's `RuntimeError`: the call does not fit the state. */
export const RuntimeError = /* @__PURE__ */ named("RuntimeError", class RuntimeError extends Error {});
export type RuntimeError = InstanceType<typeof RuntimeError>;

/** Python's `ValueError`: an argument of the right type with a value that cannot be used. */
export const ValueError = /* @__PURE__ */ named("ValueError", class ValueError extends Error {});
export type ValueError = InstanceType<typeof ValueError>;

/** Python's `LookupError`: `ContextVar.get` of a variable that has no value. */
export const LookupError = /* @__PURE__ */ named("LookupError", class LookupError extends Error {});
export type LookupError = InstanceType<typeof LookupError>;

/** The time given to `timeout`, `waitFor` or `asCompleted` is over. */
export const TimeoutError = /* @__PURE__ */ named("TimeoutError", class TimeoutError extends Error {});
export type TimeoutError = InstanceType<typeof TimeoutError>;

/** A future is not, or already, done. */
export const InvalidStateError = /* @__PURE__ */ named("InvalidStateError", class InvalidStateError extends Error {});
export type InvalidStateError = InstanceType<typeof InvalidStateError>;

/** `anext()` of an iterator that is exhausted. Part of the normal flow, so it has no stack. */
export const StopAsyncIteration = /* @__PURE__ */ named(
  "StopAsyncIteration",
  class StopAsyncIteration extends Stackless {},
);
export type StopAsyncIteration = InstanceType<typeof StopAsyncIteration>;

/** What `aclose()` throws into a suspended async generator. */
export const GeneratorExit = /* @__PURE__ */ named("GeneratorExit", class GeneratorExit extends Stackless {});
export type GeneratorExit = InstanceType<typeof GeneratorExit>;

/** What leaves the event loop instead of being kept in a task. */
class Exit extends Error {
  /** @internal How the kernel knows it: a program that has no use for these classes does not carry them. */
  get _exits(): true {
    return true;
  }
}

/** SIGINT arrived while `run` was running. Leaves the loop at once. */
export const KeyboardInterrupt = /* @__PURE__ */ named("KeyboardInterrupt", class KeyboardInterrupt extends Exit {});
export type KeyboardInterrupt = InstanceType<typeof KeyboardInterrupt>;

/** A request to end the program. Leaves the loop at once. */
export const SystemExit = /* @__PURE__ */ named(
  "SystemExit",
  class SystemExit extends Exit {
    readonly code: number | string | null;
    constructor(code: number | string | null = null) {
      super(code === null ? "" : String(code));
      this.code = code;
    }
  },
);
export type SystemExit = InstanceType<typeof SystemExit>;

/** True for the two exceptions that leave the event loop instead of being kept in a task. */
export function isExit(error: unknown): error is KeyboardInterrupt | SystemExit {
  return (error as Partial<Exit> | null | undefined)?._exits === true;
}

/** True for a cancellation. `catch (e) { if (isCancelled(e)) throw e; … }` keeps it from being swallowed. */
export function isCancelled(error: unknown): error is CancelledError {
  return error instanceof CancelledError;
}

/**
 * What was thrown, for a place where it says that there is an error: code that looks whether there is one takes
 * `undefined`, `null`, 0 and "" for none, and a `Promise.reject()` for a success.
 */
export function asFailure(thrown: unknown): unknown {
  return thrown || new TypeError(`${describe(thrown)} was thrown`);
}

/** `getNowait()` of a queue that is empty. */
export const QueueEmpty = /* @__PURE__ */ named("QueueEmpty", class QueueEmpty extends Error {});
export type QueueEmpty = InstanceType<typeof QueueEmpty>;

/** `putNowait()` into a queue that is full. */
export const QueueFull = /* @__PURE__ */ named("QueueFull", class QueueFull extends Error {});
export type QueueFull = InstanceType<typeof QueueFull>;

/** `put()` or `get()` of a queue that was shut down. */
export const QueueShutDown = /* @__PURE__ */ named("QueueShutDown", class QueueShutDown extends Error {});
export type QueueShutDown = InstanceType<typeof QueueShutDown>;

/** The barrier was reset or aborted while a task waited at it. */
export const BrokenBarrierError = /* @__PURE__ */ named(
  "BrokenBarrierError",
  class BrokenBarrierError extends RuntimeError {},
);
export type BrokenBarrierError = InstanceType<typeof BrokenBarrierError>;

/** The stream ended before what was asked for had come. `partial` is what had. */
export const IncompleteReadError = /* @__PURE__ */ named(
  "IncompleteReadError",
  class IncompleteReadError extends Error {
    readonly partial: Uint8Array;
    readonly expected: number | null;
    constructor(partial: Uint8Array, expected: number | null, options?: ErrorOptions) {
      const total = expected === null ? "undefined" : String(expected);
      super(`${partial.length} bytes read on a total of ${total} expected bytes`, options);
      this.partial = partial;
      this.expected = expected;
    }
  },
);
export type IncompleteReadError = InstanceType<typeof IncompleteReadError>;

/** The separator was not found within the limit of the stream. `consumed` bytes can be read safely. */
export const LimitOverrunError = /* @__PURE__ */ named(
  "LimitOverrunError",
  class LimitOverrunError extends Error {
    readonly consumed: number;
    constructor(message: string, consumed: number, ...rest: ErrorArgs extends [unknown?, ...infer R] ? R : never) {
      super(message, ...rest);
      this.consumed = consumed;
    }
  },
);
export type LimitOverrunError = InstanceType<typeof LimitOverrunError>;

/** Nothing can ever wake the loop again. The message names every task, its stack, and what it waits for. */
export const DeadlockError = /* @__PURE__ */ named("DeadlockError", class DeadlockError extends RuntimeError {});
export type DeadlockError = InstanceType<typeof DeadlockError>;

/** A base exception that is no group: see `isBaseException`. */
export function isBaseError(error: unknown): boolean {
  return error instanceof CancelledError || error instanceof GeneratorExit || isExit(error);
}

/** A coroutine that has ended is awaited again. */
export function reused(what: string): RuntimeError {
  const advice = DEV ? ": call it again for a new coroutine, or createTask for what several await" : "";
  return new RuntimeError(`cannot reuse already awaited ${what}${advice}`);
}
