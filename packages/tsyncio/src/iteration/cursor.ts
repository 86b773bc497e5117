/** Async iteration that the caller can leave by `break` and `return`. */

import { StopAsyncIteration } from "../base/errors.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Coroutine, CoroutineObject, Suspend } from "../kernel/protocol.ts";
import { aiter } from "./aiter.ts";
import { AsyncGen } from "./asyncGenerator.ts";
import type { AsyncGenState } from "./asyncGenState.ts";
import { AsyncGenStep } from "./asyncGenSteps.ts";
import { awaitableFrom } from "./awaitable.ts";
import type { AsyncioIterator, AsyncSource } from "./sources.ts";

/** A place in an async iteration. */
export interface Cursor<T> {
  /** Goes on to the next item. False at the end. */
  next(): CoroutineObject<boolean>;
  /** The item that `next()` has found. */
  readonly value: T;
  /** Closes the source, if it is an async generator or a native iterator. */
  aclose(): CoroutineObject<void>;
}

/**
 * Python's `async for`, for loops that are left early:
 *
 *     const c = cursor(source);
 *     while (yield* c.next()) {
 *       if (c.value > 10) break;
 *     }
 *
 * Leaving the loop does not close the source, as in Python; `yield* c.aclose()` in a `finally` does. Throws
 * `TypeError` for what is not an async iterable.
 */
export function cursor<T>(source: AsyncSource<T>): Cursor<T> {
  return openCursor(source);
}

/** An iterator of tsyncio's own that is closed when a loop over it is left. */
export interface ClosableIterator<T> extends AsyncioIterator<T> {
  aclose(): CoroutineObject<void>;
  /** @internal The loop is left while `anext()` is under way. Does not wait for anything. */
  _abandon(): void;
}

/** The cursor of a loop that closes what it leaves early. */
export interface OpenCursor<T> extends Cursor<T> {
  /**
   * The loop ends. True if it is left between two `next()`: then the source is to be closed. Where the loop ends by
   * `next()`, perhaps by a cancellation of it, what that has begun is let go. Does not wait for anything.
   */
  left(): boolean;
}

/** Has the item that a cursor has found. */
export interface Found<T> {
  value: T;
}

/** `found`: what is given the items, unless it is the cursor itself. */
export function openCursor<T>(source: AsyncSource<T>, found?: Found<T>): OpenCursor<T> {
  const iterator = aiter(source);
  return iterator instanceof AsyncGen
    ? new GeneratorCursor<T>(iterator, found)
    : new IteratorCursor<T>(iterator, found);
}

class IteratorCursor<T> implements OpenCursor<T> {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(IteratorCursor);
  private readonly iterator: AsyncioIterator<T>;
  private readonly found: Found<T>;
  value: T = undefined as T;
  private inNext = false;

  constructor(iterator: AsyncioIterator<T>, found: Found<T> | undefined) {
    this.iterator = iterator;
    this.found = found ?? this;
  }

  next(): CoroutineObject<boolean>;
  *next(): Coroutine<boolean> {
    const { iterator } = this;
    this.inNext = true;
    try {
      this.found.value = yield* awaitableFrom(iterator.anext(), iterator, "anext");
      this.inNext = false;
      return true;
    } catch (error) {
      if (error instanceof StopAsyncIteration) return false;
      throw error;
    }
  }

  aclose(): CoroutineObject<void>;
  *aclose(): Coroutine<void> {
    if (isClosable(this.iterator)) yield* this.iterator.aclose();
  }

  left(): boolean {
    if (this.inNext && isClosable(this.iterator)) this.iterator._abandon();
    return !this.inNext;
  }
}

function isClosable<T>(iterator: AsyncioIterator<T>): iterator is ClosableIterator<T> {
  return typeof (iterator as Partial<ClosableIterator<T>>)._abandon === "function";
}

/** Drives the generator's body directly, and uses one object for all steps: an item costs no allocation here. */
class GeneratorCursor<T> implements OpenCursor<T> {
  value: T = undefined as T;
  private readonly generator: AsyncGen<T>;
  private readonly found: Found<T>;
  private step: CursorStep<T> | null = null;

  constructor(generator: AsyncGen<T>, found: Found<T> | undefined) {
    this.generator = generator;
    this.found = found ?? this;
  }

  next(): CoroutineObject<boolean> {
    const { step, generator } = this;
    if (step?.renew()) return step;
    this.step = new CursorStep<T>(generator._use(), generator, this.found);
    return this.step;
  }

  aclose(): CoroutineObject<void> {
    return this.generator.aclose();
  }

  /** A generator that is left inside a step has ended by itself. */
  left(): boolean {
    return this.step === null || this.step.isAtYield();
  }
}

const TRUE: IteratorReturnResult<boolean> = /* @__PURE__ */ Object.freeze({ done: true, value: true });
const FALSE: IteratorReturnResult<boolean> = /* @__PURE__ */ Object.freeze({ done: true, value: false });

/** One step to the next item of an async generator. */
export class CursorStep<T> extends AsyncGenStep<boolean> {
  declare private readonly found: Found<T>;

  constructor(gen: AsyncGenState, keep: object, found: Found<T>) {
    super(gen, keep);
    this.found = found;
  }

  protected method(): string {
    return "anext()";
  }

  protected reused(): string {
    return "next() of a cursor";
  }

  protected begin(): IteratorResult<Suspend, boolean> {
    return this.drive(undefined, false);
  }

  protected yielded(value: unknown): IteratorResult<Suspend, boolean> {
    this.found.value = value as T;
    return TRUE;
  }

  protected ended(): IteratorResult<Suspend, boolean> {
    return FALSE;
  }
}
