/** asyncio's async iterators for native code: `for await`. */

import { aliveLoop, newEventLoop } from "../host/loops.ts";
import { type Context, copyContext } from "../kernel/context.ts";
import { StopAsyncIteration } from "../kernel/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Awaitable, Coroutine } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { Runner } from "../tasks/runner.ts";
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
 * Fetches each item by a task of its own; all of them share one context, as if one coroutine iterated. The loop is
 * the one that runs, or the only one that is alive; without any, the iterator runs a loop of its own for each item.
 */
export class NativeIterator<T> implements AsyncIterableIterator<T> {
  private readonly source: Closable<T>;
  private readonly context: Context;
  private loop: EventLoop | null;
  private runner: Runner | null = null;
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
    });
  }

  /** Called when a `for await` is left early. */
  return(): Promise<IteratorResult<T, undefined>> {
    const { source } = this;
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

  private enqueue(step: Step<T>): Promise<IteratorResult<T, undefined>> {
    const before = this.last;
    const result = before === null ? this.run(step) : before.then(() => this.run(step));
    const settled = result.then(forget, forget).then(() => {
      if (this.last === settled) this.last = null;
    });
    this.last = settled;
    return result;
  }

  private async run(step: Step<T>): Promise<IteratorResult<T, undefined>> {
    this.loop ??= aliveLoop();
    let result: IteratorResult<T, undefined> = END;
    try {
      if (this.loop !== null) result = await this.loop.createTask(untilEnd(step), { context: this.context });
      else {
        this.runner ??= new Runner({ loopFactory: newEventLoop });
        result = await this.runner.run(untilEnd(step));
      }
    } finally {
      if (result.done === true && this.runner !== null) {
        await this.runner.close();
        this.runner = null;
      }
    }
    return result;
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
