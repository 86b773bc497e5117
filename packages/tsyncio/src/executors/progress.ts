/** What a job reports while it runs. */

import { QueueShutDown, StopAsyncIteration } from "../base/errors.ts";
import { NativeIterator } from "../iteration/nativeIterator.ts";
import type { AsyncioIterable, AsyncioIterator } from "../iteration/sources.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { Queue } from "../sync/queue.ts";

/** The reports of one job, in order; they wait until they are asked for. Ends with the job. */
export class Progress<T> implements AsyncioIterator<T>, AsyncioIterable<T>, AsyncIterable<T> {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Progress);
  private readonly reports = new Queue<T>();
  private readonly what: string;

  /** @internal */
  constructor(what: string) {
    this.what = what;
  }

  aiter(): this {
    return this;
  }

  /** The next report. Throws `StopAsyncIteration` when the job is done and all have been given. */
  anext(): CoroutineObject<T>;
  *anext(): Coroutine<T> {
    try {
      return yield* this.reports.get();
    } catch (error) {
      if (error instanceof QueueShutDown) throw new StopAsyncIteration();
      throw error;
    }
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return new NativeIterator(this);
  }

  toString(): string {
    return `<Progress ${this.what}>`;
  }

  /** @internal */
  _add(value: T): void {
    this.reports.putNowait(value);
  }

  /** @internal */
  _end(): void {
    this.reports.shutdown();
  }
}
