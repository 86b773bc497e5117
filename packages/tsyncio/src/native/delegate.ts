/** `yield* source` in an async generator. */

import { GeneratorExit } from "../base/errors.ts";
import { type Coroutine, done } from "../kernel/protocol.ts";
import { adopted } from "./awaiting.ts";
import { ReturnRequest } from "./generatorBody.ts";
import { type AnyIterator, iteratorOf, noThrow, object } from "./sources.ts";

type Result = IteratorResult<unknown, unknown>;
type How = "next" | "throw" | "return";

/**
 * What `yield* delegate(source)` iterates: hands on what the generator is sent, each way, as JavaScript specifies it.
 */
export function delegate(source: unknown): Iterable<unknown, unknown, unknown> {
  return new Delegation(iteratorOf(source));
}

/**
 * Between two values nothing is under way, and `next`, `throw` and `return` are requests of the user of the generator.
 * While one is served they come from the task that waits.
 */
class Delegation implements Iterator<unknown, unknown, unknown> {
  private readonly inner: AnyIterator;
  /** Read once, as JavaScript does: a property may be a getter. */
  private readonly step: AnyIterator["next"];
  private served: Coroutine<Result> | null = null;
  /** The inner iterator has ended by a `return()`, and so will the generator. */
  private returned = false;

  constructor(inner: AnyIterator) {
    this.inner = inner;
    this.step = inner.next;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(value?: unknown): Result {
    if (this.served !== null) return this.resume(this.served, "next", value);
    return this.serve(send(this.inner, this.step, value));
  }

  throw(error: unknown): Result {
    if (this.served !== null) return this.resume(this.served, "throw", error);
    return this.serve(throwInto(this.inner, error));
  }

  return(value: unknown): Result {
    if (this.served !== null) return this.resume(this.served, "return", value);
    return this.returned ? done(value) : this.serve(this.close(value));
  }

  private serve(request: Coroutine<Result>): Result {
    this.served = request;
    return this.resume(request, "next", undefined);
  }

  private resume(request: Coroutine<Result>, how: How, value: unknown): Result {
    let result: Result;
    try {
      result = request[how](value as never);
    } catch (error) {
      this.served = null;
      throw error;
    }
    if (result.done !== true) return result;
    this.served = null;
    // Closed while the task waited: nothing is left to hand on.
    return how === "return" ? result : (result.value as Result);
  }

  /**
   * The end cannot be returned if the task has waited, since then it is a `next()` that is answered: the body is asked
   * for another `return()`.
   */
  private *close(value: unknown): Coroutine<Result> {
    const result = yield* closeIterator(this.inner, value);
    if (result.done !== true) return result;
    this.returned = true;
    return { done: false, value: new ReturnRequest(result.value) };
  }
}

function* send(iterator: AnyIterator, next: AnyIterator["next"], value: unknown): Coroutine<Result> {
  return resultOf(yield* adopted(next.call(iterator, value)), "next()");
}

/** Python's closing, by a `GeneratorExit`, closes the iterator. */
function* throwInto(iterator: AnyIterator, error: unknown): Coroutine<Result> {
  const { throw: method } = iterator;
  const closes = error instanceof GeneratorExit;
  if (!closes && method !== undefined && method !== null) {
    return resultOf(yield* adopted(method.call(iterator, error)), "throw()");
  }
  const { return: leave } = iterator;
  if (leave !== undefined && leave !== null) object(yield* adopted(leave.call(iterator)), "return()");
  throw closes ? error : noThrow();
}

function* closeIterator(iterator: AnyIterator, value: unknown): Coroutine<Result> {
  const { return: method } = iterator;
  if (method === undefined || method === null) return { done: true, value: yield* adopted(value) };
  return resultOf(yield* adopted(method.call(iterator, value)), "return()");
}

/** Read once: a property may be a getter. */
function resultOf(result: unknown, method: string): Result {
  const { done, value } = object(result as Result, method);
  return done ? { done: true, value } : { done: false, value };
}
