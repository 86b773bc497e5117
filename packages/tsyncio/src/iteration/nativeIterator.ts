/** asyncio's async iterators for native code: `for await`. */

import { CancelledError, StopAsyncIteration } from "../base/errors.ts";
import { keepingStores } from "../host/asyncStores.ts";
import { callersLoop } from "../host/loops.ts";
import { type Context, copyContext } from "../kernel/context.ts";
import { type EventLoop, RUN_ENDED } from "../kernel/loop.ts";
import type { Awaitable, Coroutine } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { settleWith } from "../tasks/nativeCalls.ts";
import { awaitableFrom } from "./awaitable.ts";
import type { AsyncioIterator } from "./sources.ts";

/** An iterator that can also be closed, or thrown into: an async generator. */
interface Closable<T> extends AsyncioIterator<T> {
  aclose?(): Awaitable<unknown>;
  athrow?(error: unknown): Awaitable<T | undefined>;
}

type Step<T> = () => Coroutine<IteratorResult<T, undefined>>;

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Fetches each item by a task of its own; all of them share one context, as if one coroutine iterated, and one loop:
 * that of the first, as `toPromise` finds it.
 */
export class NativeIterator<T> implements AsyncIterableIterator<T> {
  private readonly source: Closable<T>;
  private readonly context: Context;
  private loop: EventLoop | null;
  /** Native code wants no more items. */
  private left = false;
  /** Fetches the last item that was asked for. */
  private fetching: Task<unknown> | null = null;
  /** Ends with the step before: native code may ask for an item before it has got the last one. */
  private last: Promise<unknown> | null = null;

  constructor(source: Closable<T>) {
    this.source = source;
    this.context = copyContext();
    this.loop = kernel.runningLoop;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const { source } = this;
    return this.enqueue(function* () {
      return { done: false, value: yield* awaitableFrom(source.anext(), source, "anext") };
    }, true);
  }

  /**
   * Called when a `for await` is left early, and by streams that are cancelled while they wait for an item. That one,
   * which no caller wants any more, is not waited for: the task that fetches it is cancelled, and items asked for
   * behind it are the end.
   */
  return(): Promise<IteratorResult<T, undefined>> {
    const { source } = this;
    if (!this.left) this.fetching?.cancel();
    this.left = true;
    return this.enqueue(function* () {
      if (source.aclose !== undefined) yield* source.aclose();
      return END;
    });
  }

  throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    const { source } = this;
    return this.enqueue(function* () {
      if (source.athrow === undefined) throw error;
      const value = yield* source.athrow(error);
      return { done: false, value: value as T };
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private enqueue(step: Step<T>, fetches = false): Promise<IteratorResult<T, undefined>> {
    const before = this.last;
    const result = before === null ? this.run(step, fetches) : before.then(() => this.run(step, fetches));
    const settled = result.then(forget, forget).then(() => {
      if (this.last === settled) this.last = null;
    });
    this.last = settled;
    return result;
  }

  private run(step: Step<T>, fetches: boolean): Promise<IteratorResult<T, undefined>> {
    const loop = this.loop ?? callersLoop();
    this.loop = loop;
    // The source is closed by now: to say that it has no more items would be untrue.
    if (loop.isClosed()) return Promise.reject(new CancelledError(RUN_ENDED));
    if (fetches && this.left) return Promise.resolve(END);
    const { context } = this;
    const task = keepingStores(() => loop.createTask(untilEnd(step), { context }));
    if (fetches) this.fetching = task as Task<unknown>;
    return new Promise((resolve, reject) => settleWith(task, resolve, reject));
  }
}

function* untilEnd<T>(step: Step<T>): Coroutine<IteratorResult<T, undefined>> {
  try {
    return yield* step();
  } catch (error) {
    if (error instanceof StopAsyncIteration) return END;
    throw error;
  }
}

function forget(): void {}
