/**
 * What `anext()`, `asend()`, `athrow()` and `aclose()` return: each drives the generator's body to its next `yield`.
 */

import { GeneratorExit, RuntimeError, StopAsyncIteration } from "../base/errors.ts";
import { chainable, promiseOf } from "../kernel/coroutines.ts";
import { AWAITABLE, type Chainable, type CoroutineObject, done, type Suspend } from "../kernel/protocol.ts";
import { ALREADY_AWAITED, kernel, notASequence, SUSPEND } from "../kernel/state.ts";
import { beginUse } from "./asyncGenRegistry.ts";
import type { AsyncGenState } from "./asyncGenState.ts";

const BEFORE = 0;
const UNDER_WAY = 1;
const ENDED = 2;
/** Ended by a `yield`: the body can go on. */
const AT_YIELD = 3;

/**
 * One step of an async generator. The body is a plain generator that yields two kinds of things: `SUSPEND`, from a
 * leaf inside it, which goes on to the task as it is; and values, which end the step. What the task sends or throws
 * goes to the body unchanged, the probe too.
 */
export abstract class AsyncGenStep<T> implements CoroutineObject<T> {
  /** @internal */ static readonly _chainable: true = /* @__PURE__ */ chainable(AsyncGenStep);
  declare catch: Chainable<T>["catch"];
  declare finally: Chainable<T>["finally"];
  declare protected readonly gen: AsyncGenState;
  /** The object that the user holds is not collected while a task waits for a step of it. */
  declare protected readonly keep: object | null;
  declare protected state: number;

  constructor(gen: AsyncGenState, keep: object | null) {
    this.gen = gen;
    this.keep = keep;
    this.state = BEFORE;
  }

  /** The method, for messages. */
  protected abstract method(): string;
  protected abstract reused(): string;
  /** The first drive of the body. */
  protected abstract begin(): IteratorResult<Suspend, T>;
  protected abstract yielded(value: unknown): IteratorResult<Suspend, T>;
  /** The body has returned `value`. */
  protected abstract ended(value: unknown): IteratorResult<Suspend, T>;

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (this.state === UNDER_WAY) return this.drive(value, false);
    this.enter();
    return this.begin();
  }

  throw(error: unknown): IteratorResult<Suspend, T> {
    if (this.state !== UNDER_WAY) this.enter();
    return this.drive(error, true);
  }

  /** Python's `close()`: closes the generator too, even if the step had not begun. */
  return(value: T): IteratorResult<Suspend, T> {
    if (this.state >= ENDED) return done(value);
    const taken = this.state === BEFORE || kernel.blockedOn === null;
    this.close();
    if (!taken) throw notASequence();
    return done(value);
  }

  [Symbol.iterator](): this {
    return this;
  }

  get [AWAITABLE](): true {
    return true;
  }

  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return promiseOf(this).then(onfulfilled, onrejected);
  }

  private close(): void {
    try {
      if (this.throw(new GeneratorExit()).done === true) return;
    } catch (error) {
      if (isExitOfGenerator(error)) return;
      throw error;
    }
    throw new RuntimeError("coroutine ignored GeneratorExit");
  }

  protected failed(error: unknown): IteratorResult<Suspend, T> {
    throw error;
  }

  protected drive(value: unknown, thrown: boolean): IteratorResult<Suspend, T> {
    const { gen } = this;
    const begun = !thrown || (gen.started && !gen.finished);
    gen.started = true;
    let result: IteratorResult<unknown, unknown>;
    try {
      result = thrown ? gen.body.throw(value) : gen.body.next(value);
    } catch (error) {
      this.state = ENDED;
      return this.failed(gen.failed(error, begun));
    }
    if (result.done === true) {
      this.state = ENDED;
      gen.end();
      return this.ended(result.value);
    }
    if (result.value === SUSPEND) return result as IteratorResult<Suspend, T>;
    if (result.value === ALREADY_AWAITED) {
      // An error from the body would end the step, which is another task's.
      if (kernel.refused !== null) kernel.refused.leaf = this;
      return result as IteratorResult<Suspend, T>;
    }
    this.leave();
    return this.yielded(result.value);
  }

  /**
   * For an object that serves several steps, one after the other. False if it may still be in use for the last one, or
   * the body runs for another user.
   */
  renew(): boolean {
    if (this.state < ENDED || this.gen.running) return false;
    this.state = BEFORE;
    return true;
  }

  isAtYield(): boolean {
    return this.state === AT_YIELD;
  }

  /** The step has ended, and the body has not. */
  protected leave(): void {
    this.state = AT_YIELD;
    this.gen.free();
  }

  private enter(): void {
    if (this.state >= ENDED) throw new RuntimeError(`cannot reuse already awaited ${this.reused()}`);
    if (this.gen.running) {
      this.state = ENDED;
      throw new RuntimeError(`${this.method()}: asynchronous generator is already running`);
    }
    this.state = UNDER_WAY;
    this.gen.running = true;
    // The step may have been made outside of the loop.
    if (this.gen.loop === null && this.keep !== null) beginUse(this.gen, this.keep);
  }
}

/** `anext()` and `asend(value)`. */
export class Asend<T> extends AsyncGenStep<T> {
  declare private readonly value: unknown;

  constructor(gen: AsyncGenState, keep: object, value: unknown) {
    super(gen, keep);
    this.value = value;
  }

  protected method(): string {
    return "anext()";
  }

  protected reused(): string {
    return "anext()/asend()";
  }

  protected begin(): IteratorResult<Suspend, T> {
    const { value } = this;
    if (!this.gen.started && value !== undefined && value !== null) {
      this.leave();
      throw new TypeError("can't send non-None value to a just-started async generator");
    }
    return this.drive(value, false);
  }

  protected yielded(value: unknown): IteratorResult<Suspend, T> {
    return { done: true, value: value as T };
  }

  protected ended(): never {
    throw new StopAsyncIteration();
  }
}

/** `athrow(error)`, and `aclose()`, which throws a `GeneratorExit` and expects the body to end. */
export class Athrow<T> extends AsyncGenStep<T | undefined> {
  declare private readonly error: unknown;
  declare private readonly closing: boolean;

  constructor(gen: AsyncGenState, keep: object | null, error: unknown, closing: boolean) {
    super(gen, keep);
    this.error = error;
    this.closing = closing;
  }

  protected method(): string {
    return this.closing ? "aclose()" : "athrow()";
  }

  protected reused(): string {
    return "aclose()/athrow()";
  }

  protected begin(): IteratorResult<Suspend, T | undefined> {
    const { gen } = this;
    if (gen.finished) {
      this.leave();
      return done(undefined);
    }
    if (gen.closed) {
      this.leave();
      throw new StopAsyncIteration();
    }
    if (this.closing) gen.closed = true;
    return this.drive(this.error, true);
  }

  protected yielded(value: unknown): IteratorResult<Suspend, T> {
    if (this.closing) throw new RuntimeError("async generator ignored GeneratorExit");
    return { done: true, value: value as T };
  }

  protected ended(): IteratorResult<Suspend, undefined> {
    if (this.closing) return done(undefined);
    throw new StopAsyncIteration();
  }

  protected override failed(error: unknown): IteratorResult<Suspend, undefined> {
    if (this.closing && isExitOfGenerator(error)) return done(undefined);
    throw error;
  }
}

function isExitOfGenerator(error: unknown): boolean {
  return error instanceof GeneratorExit || error instanceof StopAsyncIteration;
}
