/** What the objects of async generator functions inherit from: JavaScript's methods, and Python's. */

import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { AsyncGen } from "../iteration/asyncGenerator.ts";
import type { AsyncGenState } from "../iteration/asyncGenState.ts";
import { AsyncGenStep } from "../iteration/asyncGenSteps.ts";
import type { Coroutine, Suspend } from "../kernel/protocol.ts";
import { coroutineFunction } from "./coroutinePrototype.ts";
import { GeneratorBody, ReturnRequest } from "./generatorBody.ts";
import { turnOf } from "./generatorLine.ts";

type Result = IteratorResult<unknown, unknown>;
type How = "next" | "throw" | "return";

/** Keeps the engine's generator, which the loop may not: `aiter()` hands this out instead of it. */
class NativeGen extends AsyncGen<unknown> {
  protected readonly object: object;

  constructor(object: object) {
    super(new GeneratorBody(object) as never, "of an async function*");
    this.object = object;
  }
}

function given(object: object): object {
  return object;
}

/** Adds to the engine's generator object a place for the `AsyncGen` over it, which the program does not see. */
class Stamped extends (given as unknown as new (object: object) => object) {
  readonly #generator: AsyncGen<unknown>;

  private constructor(object: object) {
    super(object);
    this.#generator = new NativeGen(object);
  }

  static generatorOf(object: object): AsyncGen<unknown> {
    return (#generator in object ? (object as Stamped) : (new Stamped(object) as Stamped)).#generator;
  }
}

/** Never made: the objects are the engine's generators, whose functions have its `prototype`. */
class AsyncGenerator {
  next(value?: unknown): Coroutine<Result> {
    return request(this, "next", value);
  }

  throw(error: unknown): Coroutine<Result> {
    return request(this, "throw", error);
  }

  return(value?: unknown): Coroutine<Result> {
    return request(this, "return", value);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [ASYNC_DISPOSE](): Coroutine<Result> {
    return request(this, "return", undefined);
  }

  /** The same generator: what Python's methods are called on. */
  aiter(): AsyncGen<unknown> {
    return Stamped.generatorOf(this);
  }

  anext(): Coroutine<unknown> {
    return this.aiter().anext();
  }

  asend(value: unknown): Coroutine<unknown> {
    return this.aiter().asend(value);
  }

  athrow(error: unknown): Coroutine<unknown> {
    return this.aiter().athrow(error);
  }

  aclose(): Coroutine<void> {
    return this.aiter().aclose();
  }

  get [Symbol.toStringTag](): string {
    return "AsyncGenerator";
  }
}

/** Written to `prototype` of async generator functions. */
export const generatorPrototype: object = AsyncGenerator.prototype;

/** The `AsyncGen` over the object of an async generator function; null for any other value. */
export function generatorOf(value: unknown): AsyncGen<unknown> | null {
  return value instanceof AsyncGenerator ? value.aiter() : null;
}

/**
 * `next()`, `throw()` and `return()`: begins when it is awaited, and stands in line while the body runs for another
 * one. Python's `anext()` throws then.
 */
const request = /* @__PURE__ */ coroutineFunction(function* (object: AsyncGenerator, how: How, value: unknown) {
  const state = object.aiter()._use();
  if (state.running) yield* turnOf(state);
  return yield* new Request(state, object, how, value);
});

class Request extends AsyncGenStep<Result> {
  declare private readonly how: How;
  declare private readonly value: unknown;

  constructor(gen: AsyncGenState, keep: object, how: How, value: unknown) {
    super(gen, keep);
    this.how = how;
    this.value = value;
  }

  protected method(): string {
    return `${this.how}()`;
  }

  protected reused(): string {
    return this.method();
  }

  protected begin(): IteratorResult<Suspend, Result> {
    const { how, value } = this;
    return this.drive(how === "return" ? new ReturnRequest(value) : value, how !== "next");
  }

  protected yielded(value: unknown): IteratorResult<Suspend, Result> {
    return { done: true, value: { value, done: false } };
  }

  protected ended(value: unknown): IteratorResult<Suspend, Result> {
    return { done: true, value: { value, done: true } };
  }
}
