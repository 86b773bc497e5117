/** asyncio.gather. */

import { checkOptions } from "../kernel/checks.ts";
import { CancelledError } from "../kernel/errors.ts";
import { currentLoop, Future } from "../kernel/future.ts";
import type { Observer } from "../kernel/futureWaiters.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Awaitable, type Coroutine, isFresh, type ResultOf } from "../kernel/protocol.ts";
import { ensureFuture } from "./create.ts";

export interface GatherOptions {
  /** Errors are put into the list of results instead of being thrown. */
  returnExceptions?: boolean;
  /** The first error cancels the others; it is thrown when all have ended. Not in asyncio. */
  cancelOnError?: boolean;
}

type Results<A extends readonly Awaitable<unknown>[]> = { -readonly [K in keyof A]: ResultOf<A[K]> };
type Outcomes<A extends readonly Awaitable<unknown>[]> = { -readonly [K in keyof A]: ResultOf<A[K]> | Error };

/**
 * Runs the awaitables at the same time and gives their results in the order of the arguments. The first error is
 * thrown at once, and the others go on; cancelling the future cancels them. The same awaitable given twice runs
 * once. `asyncio.gather`.
 */
export function gather<const A extends readonly Awaitable<unknown>[]>(
  ...args: [...aws: A, options: GatherOptions & { returnExceptions: true }]
): Future<Outcomes<A>>;
export function gather<const A extends readonly Awaitable<unknown>[]>(
  ...args: [...aws: A, options: GatherOptions & { returnExceptions?: false }]
): Future<Results<A>>;
export function gather<const A extends readonly Awaitable<unknown>[]>(...aws: A): Future<Results<A>>;
export function gather(...args: unknown[]): Future<unknown[]> {
  const last = args.at(-1);
  const options = isOptions(last) ? (args.pop() as GatherOptions) : {};
  const awaitables = args as Awaitable<unknown>[];
  if (awaitables.length === 0) {
    const empty = new Future<unknown[]>({ loop: currentLoop() });
    empty.setResult([]);
    return empty;
  }
  if (Array.isArray(awaitables[0]))
    throw new TypeError("gather expects awaitables, got an array: write gather(...list)");
  const children: Future<unknown>[] = [];
  let loop: EventLoop | null = null;
  // All so far, once one could be given twice. A coroutine that nobody has used before cannot.
  let given: Map<Awaitable<unknown>, Future<unknown>> | null = null;
  for (const awaitable of awaitables) {
    const fresh = isFresh(awaitable);
    if (!fresh) given ??= new Map(children.map((child, i) => [awaitables[i] as Awaitable<unknown>, child]));
    let child = fresh ? undefined : given?.get(awaitable);
    if (child === undefined) {
      if (loop === null) child = ensureFuture(awaitable);
      else child = fresh ? loop.createTask(awaitable as Coroutine<unknown>) : loop.ensureFuture(awaitable);
      given?.set(awaitable, child);
      loop ??= child.getLoop();
    }
    children.push(child);
  }
  const repeats = given !== null && given.size < children.length;
  return new Gathering(children, repeats ? [...new Set(children)] : children, loop as EventLoop, options);
}

function isOptions(value: unknown): value is GatherOptions {
  if (typeof value !== "object" || value === null || Symbol.iterator in value || "then" in value) return false;
  checkOptions<GatherOptions>("gather", value, { returnExceptions: true, cancelOnError: true });
  return true;
}

/** The outer future. Cancelling it cancels the children, and it is done when they are. */
class Gathering extends Future<unknown[]> implements Observer {
  declare private readonly children: readonly Future<unknown>[];
  declare private readonly options: GatherOptions;
  declare private readonly count: number;
  declare private finished: number;
  /** The child that was done last, once all are. */
  declare private last: Future<unknown> | null;
  declare private cancelRequested: boolean;
  declare private firstError: { error: unknown } | null;

  constructor(
    children: readonly Future<unknown>[],
    distinct: readonly Future<unknown>[],
    loop: EventLoop,
    options: GatherOptions,
  ) {
    super({ loop });
    this.children = children;
    this.options = options;
    this.count = distinct.length;
    this.finished = 0;
    this.last = null;
    this.cancelRequested = false;
    this.firstError = null;
    this._owner = this;
    const already: Future<unknown>[] = [];
    for (const child of distinct) {
      if (child.done()) already.push(child);
      else child._addWaiter(this);
    }
    for (const child of already) if (!this._ignores(child)) this._futureEnded(child);
  }

  override cancel(msg?: unknown): boolean {
    if (this.done()) return super.cancel(msg);
    return this.cancelChildren(msg);
  }

  describeWait(): string {
    return `gather of ${this.count}, ${this.count - this.finished} not done`;
  }

  holders(): readonly Future<unknown>[] {
    return this.children.filter((child) => !child.done());
  }

  private cancelChildren(msg: unknown): boolean {
    let any = false;
    for (const child of this.children) if (child.cancel(msg)) any = true;
    if (any) this.cancelRequested = true;
    return any;
  }

  /** @internal Most children just give their results, and are not the last. */
  _ignores(child: Future<unknown>): boolean {
    if (++this.finished === this.count) this.last = child;
    return child._state === 1 && this.last === null && this._state === 0;
  }

  /** @internal */
  _futureEnded(child: Future<unknown>): void {
    if (this.done()) {
      // Nobody will ask this child: its error counts as seen.
      if (!child.cancelled()) child.exception();
      return;
    }
    if (!this.options.returnExceptions) {
      const failed = child.cancelled() || child.exception() !== null;
      if (failed && this.options.cancelOnError) this.keepFirstError(child);
      else if (failed) return this.setException(errorOf(child));
    }
    if (child !== this.last) return;
    if (this.firstError !== null) this.setException(this.firstError.error);
    else if (this.cancelRequested) this.setException(cancelledErrorOf(this.children.at(-1) as Future<unknown>));
    else this.setResult(this.children.map(outcome));
  }

  private keepFirstError(child: Future<unknown>): void {
    if (this.firstError !== null) return;
    this.firstError = { error: errorOf(child) };
    for (const other of this.children) other.cancel();
  }
}

function errorOf(child: Future<unknown>): unknown {
  return child.cancelled() ? child._makeCancelledError() : child.exception();
}

/** As in CPython the last child has the say, whichever ended last; its message only if it was cancelled itself. */
function cancelledErrorOf(child: Future<unknown>): CancelledError {
  return child.cancelled() ? child._makeCancelledError() : new CancelledError();
}

/** A cancelled child becomes an error with the message of its `cancel()`, each time it is asked. */
function outcome(child: Future<unknown>): unknown {
  if (!child.cancelled()) return child.exception() ?? child.result();
  const msg = child._value;
  return new CancelledError(msg === undefined || msg === null || msg instanceof CancelledError ? "" : String(msg));
}
