/** asyncio's exceptions, and those of Python's built-in ones that its functions raise. */

type ErrorArgs = [message?: string, options?: ErrorOptions];

function named<C extends { prototype: Error }>(name: string, cls: C): C {
  Object.defineProperty(cls.prototype, "name", { value: name, writable: true, configurable: true });
  return cls;
}

/**
 * An error that captures no stack: creating one costs as much as any small object. For exceptions that are
 * part of the normal flow, a cancelled wait above all, where `new Error` would cost ten times the wait.
 */
const Stackless = function Stackless(this: Error, message?: string, options?: ErrorOptions) {
  this.message = message ?? "";
  if (options !== undefined && "cause" in options) this.cause = options.cause;
} as unknown as ErrorConstructor;
(Stackless as { prototype: Error }).prototype = Object.create(Error.prototype, {
  constructor: { value: Stackless, writable: true, configurable: true },
  stack: {
    configurable: true,
    get(this: Error) {
      return this.message === "" ? this.name : `${this.name}: ${this.message}`;
    },
    set(this: Error, value: string) {
      Object.defineProperty(this, "stack", { value, writable: true, configurable: true });
    },
  },
});

/** Thrown at the `yield*` where a cancelled task waits. In Python a `BaseException`: see `isCancelled`. */
export class CancelledError extends Stackless {}
named("CancelledError", CancelledError);

/** Python's `RuntimeError`: the call does not fit the state. */
export class RuntimeError extends Error {}
named("RuntimeError", RuntimeError);

/** Python's `ValueError`: an argument of the right type with a value that cannot be used. */
export class ValueError extends Error {}
named("ValueError", ValueError);

/** Python's `LookupError`: `ContextVar.get` of a variable that has no value. */
export class LookupError extends Error {}
named("LookupError", LookupError);

/** The time given to `timeout`, `waitFor` or `asCompleted` is over. */
export class TimeoutError extends Error {}
named("TimeoutError", TimeoutError);

/** A future is not, or already, done. */
export class InvalidStateError extends Error {}
named("InvalidStateError", InvalidStateError);

/** `anext()` of an iterator that is exhausted. Part of the normal flow, so it has no stack. */
export class StopAsyncIteration extends Stackless {}
named("StopAsyncIteration", StopAsyncIteration);

/** What `aclose()` throws into a suspended async generator. */
export class GeneratorExit extends Stackless {}
named("GeneratorExit", GeneratorExit);

/** SIGINT arrived while `run` was running. Leaves the loop at once. */
export class KeyboardInterrupt extends Error {}
named("KeyboardInterrupt", KeyboardInterrupt);

/** A request to end the program. Leaves the loop at once. */
export class SystemExit extends Error {
  readonly code: number | string | null;
  constructor(code: number | string | null = null) {
    super(code === null ? "" : String(code));
    this.code = code;
  }
}
named("SystemExit", SystemExit);

/** True for the two exceptions that leave the event loop instead of being kept in a task. */
export function isExit(error: unknown): error is KeyboardInterrupt | SystemExit {
  return error instanceof KeyboardInterrupt || error instanceof SystemExit;
}

/** True for a cancellation. `catch (e) { if (isCancelled(e)) throw e; … }` keeps it from being swallowed. */
export function isCancelled(error: unknown): error is CancelledError {
  return error instanceof CancelledError;
}

/** True for what Python's `except Exception` does not catch. */
export function isBaseException(error: unknown): boolean {
  return (
    error instanceof CancelledError ||
    error instanceof GeneratorExit ||
    isExit(error) ||
    (error instanceof BaseExceptionGroup && !(error instanceof ExceptionGroup))
  );
}

type Matcher = ((error: unknown) => boolean) | (abstract new (...args: never[]) => unknown);

function matches(error: unknown, matcher: Matcher): boolean {
  if (typeof matcher !== "function") {
    throw new TypeError(`expected an error class or a predicate, got ${String(matcher)}`);
  }
  const isClass = matcher.prototype instanceof Error || (matcher as unknown) === Error;
  return isClass ? error instanceof (matcher as never) : Boolean((matcher as (e: unknown) => boolean)(error));
}

/** Several unrelated exceptions at once (PEP 654), as a `TaskGroup` raises them. */
export class BaseExceptionGroup<E = unknown> extends AggregateError {
  declare readonly exceptions: readonly E[];

  constructor(message: string, exceptions: readonly E[], options?: ErrorOptions) {
    if (!Array.isArray(exceptions) || exceptions.length === 0) {
      throw new ValueError("the second argument of an exception group must be a non-empty array of errors");
    }
    super(exceptions, message, options);
    Object.defineProperty(this, "exceptions", { value: Object.freeze([...exceptions]), configurable: true });
  }

  /** `ExceptionGroup` where all members are ordinary exceptions, else `BaseExceptionGroup`: as in Python. */
  static of<E>(message: string, exceptions: readonly E[], options?: ErrorOptions): BaseExceptionGroup<E> {
    return exceptions.some(isBaseException)
      ? new BaseExceptionGroup(message, exceptions, options)
      : new ExceptionGroup(message, exceptions, options);
  }

  /** A group like this one with other members. Override it to keep what a subclass adds. */
  derive<F>(exceptions: readonly F[]): BaseExceptionGroup<F> {
    return BaseExceptionGroup.of(this.message, exceptions);
  }

  /** The part of the group whose leaves match, nesting kept, or null. */
  subgroup(matcher: Matcher): BaseExceptionGroup | null {
    return this.split(matcher)[0];
  }

  /** The part whose leaves match, and the rest; null for an empty part. The base of `except*`. */
  split(matcher: Matcher): [BaseExceptionGroup | null, BaseExceptionGroup | null] {
    if (matches(this, matcher)) return [this, null];
    const yes: unknown[] = [];
    const no: unknown[] = [];
    for (const error of this.exceptions) {
      if (error instanceof BaseExceptionGroup) {
        const [inside, rest] = error.split(matcher);
        if (inside !== null) yes.push(inside);
        if (rest !== null) no.push(rest);
      } else if (matches(error, matcher)) yes.push(error);
      else no.push(error);
    }
    return [this.#part(yes), this.#part(no)];
  }

  #part(errors: unknown[]): BaseExceptionGroup | null {
    if (errors.length === 0) return null;
    const part = this.derive(errors);
    part.cause = this.cause;
    if (this.stack !== undefined) part.stack = this.stack;
    return part;
  }
}
named("BaseExceptionGroup", BaseExceptionGroup);

/** A group of ordinary exceptions: what a `TaskGroup` raises when children fail. */
export class ExceptionGroup<E = unknown> extends BaseExceptionGroup<E> {
  constructor(message: string, exceptions: readonly E[], options?: ErrorOptions) {
    super(message, exceptions, options);
    if (exceptions.some(isBaseException)) {
      throw new TypeError("cannot nest BaseExceptions in an ExceptionGroup; use BaseExceptionGroup");
    }
  }
}
named("ExceptionGroup", ExceptionGroup);

/**
 * Python's `except*`: each handler gets the part of the group that matches its class or predicate; what no
 * handler takes is thrown again. A single error counts as a group of one.
 *
 *     catch (e) { exceptStar(e, [TypeError, (group) => …], [TimeoutError, (group) => …]) }
 */
export function exceptStar(error: unknown, ...handlers: [Matcher, (group: BaseExceptionGroup) => void][]): void {
  let rest: BaseExceptionGroup | null =
    error instanceof BaseExceptionGroup ? error : BaseExceptionGroup.of("", [error]);
  for (const [matcher, handle] of handlers) {
    if (rest === null) return;
    const [part, others]: [BaseExceptionGroup | null, BaseExceptionGroup | null] = rest.split(matcher);
    if (part !== null) handle(part);
    rest = others;
  }
  if (rest !== null) throw error instanceof BaseExceptionGroup ? rest : error;
}

/** `getNowait()` of a queue that is empty. */
export class QueueEmpty extends Error {}
named("QueueEmpty", QueueEmpty);

/** `putNowait()` into a queue that is full. */
export class QueueFull extends Error {}
named("QueueFull", QueueFull);

/** `put()` or `get()` of a queue that was shut down. */
export class QueueShutDown extends Error {}
named("QueueShutDown", QueueShutDown);

/** The barrier was reset or aborted while a task waited at it. */
export class BrokenBarrierError extends RuntimeError {}
named("BrokenBarrierError", BrokenBarrierError);

/** The stream ended before what was asked for had come. `partial` is what had. */
export class IncompleteReadError extends Error {
  readonly partial: Uint8Array;
  readonly expected: number | null;
  constructor(partial: Uint8Array, expected: number | null, options?: ErrorOptions) {
    const total = expected === null ? "undefined" : String(expected);
    super(`${partial.length} bytes read on a total of ${total} expected bytes`, options);
    this.partial = partial;
    this.expected = expected;
  }
}
named("IncompleteReadError", IncompleteReadError);

/** The separator was not found within the limit of the stream. `consumed` bytes can be read safely. */
export class LimitOverrunError extends Error {
  readonly consumed: number;
  constructor(message: string, consumed: number, ...rest: ErrorArgs extends [unknown?, ...infer R] ? R : never) {
    super(message, ...rest);
    this.consumed = consumed;
  }
}
named("LimitOverrunError", LimitOverrunError);

/** Nothing can ever wake the loop again. The message names every task, its stack, and what it waits for. */
export class DeadlockError extends RuntimeError {}
named("DeadlockError", DeadlockError);
