/** The body of an async generator function, as its steps drive it. */

import { GENERATOR_NEXT, GENERATOR_PROTOTYPE, type Suspend } from "../kernel/protocol.ts";
import { ALREADY_AWAITED, SUSPEND } from "../kernel/state.ts";
import { adopted } from "./awaiting.ts";

type Result = IteratorResult<unknown, unknown>;
type How = "next" | "throw" | "return";

/** A `return(value)`: thrown into a body, and yielded by one whose `yield*` has waited for that of the inner generator. */
export class ReturnRequest {
  declare readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** The body that runs now; null outside, and inside of coroutines that the task resumes by themselves. */
let current: GeneratorBody | null = null;

export function currentBody(): GeneratorBody | null {
  return current;
}

/**
 * The generator object itself has the methods that its user calls; those of a plain generator drive it. A `return(value)` waits for
 * its value inside the body, at the `yield` at which that stands.
 */
export class GeneratorBody {
  declare private readonly generator: object;
  /** What a `return(value)` waits for. */
  declare private wait: Iterator<Suspend, unknown, unknown> | null;
  /** A `return()` closes it. */
  declare returning: boolean;

  constructor(generator: object) {
    this.generator = generator;
    this.wait = null;
    this.returning = false;
  }

  next(value?: unknown): Result {
    if (this.wait !== null) return this.goOn(this.wait, "next", value);
    const outer = current;
    current = this;
    try {
      const result = GENERATOR_NEXT.call(this.generator, value);
      return this.returning ? this.close(result) : result;
    } finally {
      current = outer;
    }
  }

  throw(error: unknown): Result {
    if (this.wait !== null) return this.goOn(this.wait, "throw", error);
    if (error instanceof ReturnRequest) return this.return(error.value);
    return this.drive("throw", error);
  }

  return(value: unknown): Result {
    this.wait = adopted(value)[Symbol.iterator]();
    return this.goOn(this.wait, "next", undefined);
  }

  private goOn(wait: Iterator<Suspend, unknown, unknown>, how: "next" | "throw", value: unknown): Result {
    let result: IteratorResult<Suspend, unknown>;
    try {
      result = how === "next" || wait.throw === undefined ? wait.next(value) : wait.throw(value);
    } catch (error) {
      this.wait = null;
      return this.drive("throw", error);
    }
    if (result.done !== true) return result;
    this.wait = null;
    this.returning = true;
    return this.drive("return", result.value);
  }

  private drive(how: How, value: unknown): Result {
    const outer = current;
    current = this;
    try {
      const result = GENERATOR_PROTOTYPE[how].call(this.generator as never, value as never) as Result;
      return this.returning ? this.close(result) : result;
    } finally {
      current = outer;
    }
  }

  /** The body has got a `return()`, and may have waited meanwhile. */
  private close(result: Result): Result {
    const { value } = result;
    if (result.done === true || value === SUSPEND || value === ALREADY_AWAITED) return result;
    if (value instanceof ReturnRequest) return this.drive("return", value.value);
    this.returning = false; // it has yielded, and goes on
    return result;
  }
}
