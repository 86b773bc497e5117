/** `for await`. */

import { isBaseError } from "../base/errors.ts";
import type { AsyncGenState } from "../iteration/asyncGenState.ts";
import { CursorStep, type Found, type OpenCursor, openCursor } from "../iteration/cursor.ts";
import { isfuture } from "../kernel/future.ts";
import type { Awaitable, Coroutine } from "../kernel/protocol.ts";
import { adopted } from "./awaiting.ts";
import { turnOf } from "./generatorLine.ts";
import { generatorOf } from "./generatorPrototype.ts";
import { type AnyIterator, isPythons, nativeIteratorOf, object } from "./sources.ts";

/**
 * A `for await` over `source`. It is compiled to
 *
 *     const i = new Iteration(source);
 *     try {
 *       while (yield* i.next()) { const item = i.value; … }
 *     } catch (error) {
 *       throw i.fail(error);
 *     } finally {
 *       if (i.left()) yield* i.close();
 *     }
 *
 * Leaving the body early closes the source, which is JavaScript's rule. An error of the body is the one that goes on,
 * not one in closing; but for a cancellation there.
 */
export class Iteration {
  /** The item: a field, for it is read once an item. */
  value: unknown = undefined;
  private failed = false;
  private readonly items: Items;
  /** An async generator of native syntax: its `return()` closes it. */
  private readonly generator: AnyIterator | null = null;
  private readonly state: AsyncGenState | null = null;
  /** Serves all items of an async generator, one after the other. */
  private step: CursorStep<unknown> | null = null;
  private inLine = false;

  constructor(source: unknown) {
    const generator = generatorOf(source);
    if (generator !== null) {
      this.items = openCursor(generator, this);
      this.generator = source as AnyIterator;
      this.state = generator._state;
    } else this.items = isPythons(source) ? openCursor(source, this) : new NativeItems(nativeIteratorOf(source), this);
  }

  next(): Awaitable<boolean> {
    const { step } = this;
    return step?.renew() === true ? step : this.begin();
  }

  private begin(): Awaitable<boolean> {
    const { state } = this;
    if (state?.running === true) return this.nextInLine(state);
    const next = this.items.next();
    if (next instanceof CursorStep) this.step = next;
    return next;
  }

  /** Several loops over one generator take turns, as in JavaScript. */
  private *nextInLine(state: AsyncGenState): Coroutine<boolean> {
    this.inLine = true;
    yield* turnOf(state);
    this.inLine = false;
    return yield* this.items.next();
  }

  fail(error: unknown): unknown {
    this.failed = true;
    return error;
  }

  left(): boolean {
    return !this.inLine && this.items.left();
  }

  *close(): Coroutine<void> {
    try {
      if (this.generator === null) yield* this.items.aclose();
      else yield* adopted(this.generator.return?.());
    } catch (error) {
      if (!this.failed || isBaseError(error)) throw error;
    }
  }
}

interface Items extends Pick<OpenCursor<unknown>, "left"> {
  next(): Awaitable<boolean>;
  aclose(): Awaitable<void>;
}

class NativeItems implements Items {
  private readonly iterator: AnyIterator;
  /** Read once, as JavaScript does: a property may be a getter. */
  private readonly step: AnyIterator["next"];
  private readonly found: Found<unknown>;
  private inNext = false;
  /** The wait for an item, if that is a promise. */
  private wait: unknown = null;

  constructor(iterator: AnyIterator, found: Found<unknown>) {
    this.iterator = iterator;
    this.step = iterator.next;
    this.found = found;
  }

  *next(): Coroutine<boolean> {
    this.inNext = true;
    const wait = adopted(this.step.call(this.iterator));
    this.wait = wait;
    const result = object((yield* wait) as IteratorResult<unknown>, "next()");
    if (result.done) return false;
    this.found.value = result.value;
    this.inNext = false;
    return true;
  }

  *aclose(): Coroutine<void> {
    const { return: method } = this.iterator;
    if (method !== undefined && method !== null) object(yield* adopted(method.call(this.iterator)), "return()");
  }

  left(): boolean {
    const { inNext, wait, iterator } = this;
    // The item that is under way will not be taken. Its promise may never be settled: nothing waits for the end.
    if (inNext && isfuture(wait) && wait.cancelled()) Promise.resolve(iterator.return?.()).catch(() => {});
    return !inNext;
  }
}
