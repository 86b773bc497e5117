/** Executor.map. */

import type { OptionNames } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { StopAsyncIteration, TimeoutError } from "../base/errors.ts";
import { NativeIterator } from "../iteration/nativeIterator.ts";
import type { AsyncioIterable, AsyncioIterator } from "../iteration/sources.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { waitFor } from "../tasks/wait.ts";
import type { Job } from "./job.ts";
import { checkCount, checkTimeout, ownOptions } from "./options.ts";

/** Options of an executor's `map`. */
export interface MapOptions {
  /** In seconds, from the call of `map`; null waits as long as it takes. */
  timeout?: number | null;
  /** How many items go to a worker at once: for many small ones. Default 1. */
  chunksize?: number;
  /**
   * How many jobs may be under way or wait to be fetched: each has `chunksize` items. Null takes all items at once.
   */
  buffersize?: number | null;
}

/** An iterable for each argument, and perhaps the options. */
export type Iterables<A extends unknown[]> = [...{ [K in keyof A]: Iterable<A[K]> }, MapOptions?];

const MAP_OPTIONS: OptionNames<MapOptions> = { timeout: true, chunksize: true, buffersize: true };

/** Takes the options off the end of the arguments of `map`. */
export function takeMapOptions(iterables: unknown[]): Required<MapOptions> {
  const last = iterables.at(-1);
  const areOptions = looksLikeOptions(last);
  if (areOptions || (last === undefined && iterables.length > 1)) iterables.pop();
  const options = ownOptions("map", areOptions ? (last as MapOptions) : null, MAP_OPTIONS);
  const { timeout = null, chunksize = 1, buffersize = null } = options;
  checkTimeout("map", timeout);
  checkCount("chunksize", chunksize, false);
  checkCount("buffersize", buffersize, true);
  for (const iterable of iterables) {
    if (typeof (iterable as Iterable<unknown> | null)?.[Symbol.iterator] === "function") continue;
    throw new TypeError(`map expects iterables, and options at the end, got ${describe(iterable)}`);
  }
  return { timeout, chunksize, buffersize };
}

/** Not a promise, an async iterable or another object that was meant as an iterable: it has no option that is wrong. */
function looksLikeOptions(last: unknown): boolean {
  if (typeof last !== "object" || last === null || Symbol.iterator in last || Symbol.asyncIterator in last)
    return false;
  return last.constructor === undefined || Object.hasOwn(last, "constructor") || last.constructor.name === "Object";
}

/** The results of `map`, in order. */
export class MapResults<R> implements AsyncioIterator<R>, AsyncioIterable<R>, AsyncIterable<R> {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(MapResults);
  private readonly submit: (items: readonly unknown[][]) => Job<R[]>;
  private readonly sources: Iterator<unknown>[];
  private readonly options: Required<MapOptions>;
  private readonly deadline: number | null;
  /** In order; all that has not been fetched. */
  private jobs: Job<R[]>[] = [];
  private results: R[] = [];
  private exhausted = false;

  /** @internal */
  constructor(
    submit: (items: readonly unknown[][]) => Job<R[]>,
    iterables: Iterable<unknown>[],
    options: Required<MapOptions>,
  ) {
    this.submit = submit;
    this.options = options;
    this.sources = iterables.map((iterable) => iterable[Symbol.iterator]());
    this.deadline = options.timeout === null ? null : performance.now() / 1000 + options.timeout;
    this.exhausted = iterables.length === 0;
    const most = options.buffersize ?? Number.POSITIVE_INFINITY;
    while (!this.exhausted && this.jobs.length < most) this.submitNext();
  }

  aiter(): this {
    return this;
  }

  /** The next result. Throws its job's error, `TimeoutError`, and `StopAsyncIteration` at the end. */
  anext(): CoroutineObject<R>;
  *anext(): Coroutine<R> {
    while (this.results.length === 0) {
      const [job] = this.jobs;
      if (job === undefined) throw new StopAsyncIteration();
      try {
        // As in CPython before it waits: while it does, there is one job more than buffersize.
        if (this.options.buffersize !== null) this.submitNext();
        this.results = (yield* this.waitFor(job)).reverse();
      } catch (error) {
        this.cancel();
        throw error;
      }
      this.jobs.shift();
    }
    return this.results.pop() as R;
  }

  /** Cancels what has not begun. */
  aclose(): CoroutineObject<void>;
  *aclose(): Coroutine<void> {
    this.cancel();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<R> {
    return new NativeIterator(this);
  }

  private *waitFor(job: Job<R[]>): Coroutine<R[]> {
    if (this.deadline === null || job.done()) return yield* job;
    try {
      return yield* waitFor(job, Math.max(0, this.deadline - performance.now() / 1000));
    } catch (error) {
      if (error instanceof TimeoutError && !job.done()) job.cancel();
      throw error;
    }
  }

  private cancel(): void {
    const { jobs } = this;
    this.jobs = [];
    this.results = [];
    this.close();
    for (const job of jobs) job.cancel();
  }

  private submitNext(): void {
    const chunk: unknown[][] = [];
    while (!this.exhausted && chunk.length < this.options.chunksize) {
      const items = this.take();
      if (items !== null) chunk.push(items);
    }
    if (chunk.length > 0) this.jobs.push(this.submit(chunk));
  }

  /** The arguments of one call; null when the shortest iterable has ended. */
  private take(): unknown[] | null {
    const items: unknown[] = [];
    for (const source of this.sources) {
      const { done, value } = source.next();
      if (done) {
        this.close(source);
        return null;
      }
      items.push(value);
    }
    return items;
  }

  private close(ended?: Iterator<unknown>): void {
    if (this.exhausted) return;
    this.exhausted = true;
    for (const source of this.sources) if (source !== ended) source.return?.();
  }
}
