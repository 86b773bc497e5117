/** Executor.map. */

import { NativeIterator } from "../iteration/nativeIterator.ts";
import type { AsyncioIterable, AsyncioIterator } from "../iteration/sources.ts";
import { describe } from "../kernel/describe.ts";
import { StopAsyncIteration, TimeoutError, ValueError } from "../kernel/errors.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { waitFor } from "../tasks/wait.ts";
import type { Job } from "./job.ts";

export interface MapOptions {
  /** In seconds, from the call of `map`; null waits as long as it takes. */
  timeout?: number | null;
  /** So many items go to a worker at once: for many small ones. Default 1. */
  chunksize?: number;
  /** At most so many results are under way or wait to be fetched; null takes all items at once. */
  buffersize?: number | null;
}

/** An iterable for each argument, and perhaps the options. */
export type Iterables<A extends unknown[]> = [...{ [K in keyof A]: Iterable<A[K]> }, MapOptions?];

/** Takes the options off the end of the arguments of `map`. */
export function takeMapOptions(iterables: unknown[]): Required<MapOptions> {
  const last = iterables.at(-1);
  const given = typeof last === "object" && last !== null && !(Symbol.iterator in last) ? (last as MapOptions) : null;
  if (given !== null || last === undefined) iterables.pop();
  const { timeout = null, chunksize = 1, buffersize = null } = given ?? {};
  if (!(Number.isInteger(chunksize) && chunksize >= 1)) {
    throw new ValueError(`chunksize must be a whole number from 1 on, got ${describe(chunksize)}`);
  }
  if (buffersize !== null && !(Number.isInteger(buffersize) && buffersize >= 1)) {
    throw new ValueError(`buffersize must be null or a whole number from 1 on, got ${describe(buffersize)}`);
  }
  if (iterables.length === 0) throw new TypeError("map needs an iterable of items");
  return { timeout, chunksize, buffersize };
}

/** The results of `map`, in order. */
export class MapResults<R> implements AsyncioIterator<R>, AsyncioIterable<R>, AsyncIterable<R> {
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
    this.fill();
  }

  aiter(): this {
    return this;
  }

  /** The next result. Throws its job's error, `TimeoutError`, and `StopAsyncIteration` at the end. */
  *anext(): Coroutine<R> {
    while (this.results.length === 0) {
      const [job] = this.jobs;
      if (job === undefined) throw new StopAsyncIteration();
      try {
        this.results = (yield* this.waitFor(job)).reverse();
      } catch (error) {
        this.cancel();
        throw error;
      }
      this.jobs.shift();
      this.fill();
    }
    return this.results.pop() as R;
  }

  /** Cancels what has not begun. */
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

  private fill(): void {
    const { buffersize, chunksize } = this.options;
    const most = buffersize === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(buffersize / chunksize));
    while (!this.exhausted && this.jobs.length < most) {
      const chunk: unknown[][] = [];
      while (chunk.length < chunksize) {
        const items = this.take();
        if (items === null) break;
        chunk.push(items);
      }
      if (chunk.length > 0) this.jobs.push(this.submit(chunk));
    }
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
