/** The body of an async generator function, as its steps drive it. */

import { GENERATOR_PROTOTYPE, GENERATOR_NEXT as generatorNext, type Suspend } from "../kernel/protocol.ts";
import { ALREADY_AWAITED, SUSPEND } from "../kernel/state.ts";
import { adopted } from "./awaiting.ts";

// As a constant of this module's own: see kernel/state.ts.
const GENERATOR_NEXT = generatorNext;

type Result = IteratorResult<unknown, unknown>;
type How = "next" | "throw" | "return";

/**
 * A `return(value)`: thrown into a body, and yielded by one whose `yield*` has waited for that of the inner generator.
 */
export class ReturnRequest {
  declare readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/**
 * The body that runs now, if a `return()` closes it. Null in all others, and in coroutines that the task resumes by
 * themselves.
 */
let closing: GeneratorBody | null = null;

export function closingBody(): GeneratorBody | null {
  return closing;
}

/**
 * The generator object itself has the methods that its user calls; those of a plain generator drive it. A
 * `return(value)` waits for its value inside the body, at the `yield` at which that stands.
 */
export class GeneratorBody {
  /** Weakly, where the program may let go of it: see `weaken`. */
  declare private generator: object | WeakRef<object>;
  /** It is just to be resumed: no `return()` is under way, and the generator is here. */
  declare private plain: boolean;
  /** No `return()` is under way. */
  declare private open: boolean;
  /** What a `return(value)` waits for; null when it has reached the body. */
  declare private wait: Iterator<Suspend, unknown, unknown> | null;

  constructor(generator: object) {
    this.generator = generator;
    this.plain = true;
    this.open = true;
    this.wait = null;
  }

  next(value?: unknown): Result {
    if (this.plain && closing === null) return GENERATOR_NEXT.call(this.generator, value);
    return this.wait === null ? this.drive("next", value) : this.goOn(this.wait, "next", value);
  }

  throw(error: unknown): Result {
    if (this.wait !== null) return this.goOn(this.wait, "throw", error);
    if (error instanceof ReturnRequest) return this.return(error.value);
    return this.drive("throw", error);
  }

  return(value: unknown): Result {
    this.plain = this.open = false;
    this.wait = adopted(value)[Symbol.iterator]();
    return this.goOn(this.wait, "next", undefined);
  }

  private goOn(wait: Iterator<Suspend, unknown, unknown>, how: "next" | "throw", value: unknown): Result {
    let result: IteratorResult<Suspend, unknown>;
    try {
      result = how === "next" || wait.throw === undefined ? wait.next(value) : wait.throw(value);
    } catch (error) {
      this.wait = null;
      this.reopen(); // an error at the `yield`
      return this.drive("throw", error);
    }
    if (result.done !== true) return result;
    this.wait = null;
    return this.drive("return", result.value);
  }

  private reopen(): void {
    this.open = true;
    this.plain = !(this.generator instanceof WeakRef);
  }

  /**
   * A loop that has to close many generators does not keep this one: what the program cannot reach any more is
   * collected. Unlike an `asyncGenerator()`, of which the program has another object, it is not closed then, as in
   * JavaScript.
   */
  weaken(): void {
    if (this.generator instanceof WeakRef) return;
    this.generator = new WeakRef(this.generator);
    this.plain = false;
  }

  private drive(how: How, value: unknown): Result {
    const { generator } = this;
    const target = generator instanceof WeakRef ? generator.deref() : generator;
    if (target === undefined) return collected(how, value);
    const outer = closing;
    closing = this.open ? null : this;
    try {
      const result = GENERATOR_PROTOTYPE[how].call(target as never, value as never) as Result;
      return this.open ? result : this.close(result);
    } finally {
      closing = outer;
    }
  }

  /** The body has got a `return()`, and may have waited meanwhile. */
  private close(result: Result): Result {
    const { value } = result;
    if (result.done === true || value === SUSPEND || value === ALREADY_AWAITED) return result;
    if (value instanceof ReturnRequest) return this.drive("return", value.value);
    this.reopen(); // it has yielded, and goes on
    return result;
  }
}

/** Nothing of the body is left to run. */
function collected(how: How, value: unknown): Result {
  if (how === "throw") throw value;
  return { done: true, value: how === "return" ? value : undefined };
}
