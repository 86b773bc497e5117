/** asyncio.gather. */

import { checkOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { CancelledError, RuntimeError } from "../base/errors.ts";
import { lastMessage } from "../kernel/cancellation.ts";
import { isFresh } from "../kernel/coroutines.ts";
import { PENDING, RESULT } from "../kernel/flags.ts";
import { cancelledError, currentLoop, Future, isfuture } from "../kernel/future.ts";
import type { Observer } from "../kernel/futureWaiters.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Awaitable, Coroutine, Native, ResultOf } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { ensureFuture } from "./create.ts";

/** Options of `gather`: its last argument. */
export interface GatherOptions {
  /** Errors are put into the list of results instead of being thrown. */
  returnExceptions?: boolean;
  /** The first error cancels the others; it is thrown when all have ended. Not in asyncio. */
  cancelOnError?: boolean;
}

/** What `gather` takes. */
type Awaits = readonly (Awaitable<unknown> | Native<unknown>)[];

type Results<A extends Awaits> = { -readonly [K in keyof A]: ResultOf<A[K]> };
type Outcomes<A extends Awaits> = { -readonly [K in keyof A]: ResultOf<A[K]> | Error };

/**
 * Runs the awaitables at the same time and returns their results in the order of the arguments, which may also be one
 * array: a call takes only some 100,000 arguments. The first error is thrown at once, and the others go on; cancelling
 * the future cancels them. The same awaitable passed twice runs once. `asyncio.gather`.
 *
 *     const [user, orders] = yield* gather(loadUser(id), loadOrders(id));
 *
 * @throws RuntimeError outside of a loop, for coroutines; TypeError for what cannot be awaited.
 */
export function gather<const A extends Awaits>(
  awaitables: A,
  options: GatherOptions & { returnExceptions: true },
): Future<Outcomes<A>>;
export function gather<const A extends Awaits>(
  awaitables: A,
  options?: (GatherOptions & { returnExceptions?: false }) | null,
): Future<Results<A>>;
export function gather<const A extends Awaits>(awaitables: A, options?: GatherOptions | null): Future<Outcomes<A>>;
export function gather<const A extends Awaits>(
  ...args: [...aws: A, options: GatherOptions & { returnExceptions: true }]
): Future<Outcomes<A>>;
export function gather<const A extends Awaits>(
  ...args: [...aws: A, options: GatherOptions & { returnExceptions?: false }]
): Future<Results<A>>;
export function gather<const A extends Awaits>(...aws: A): Future<Results<A>>;
export function gather<const A extends Awaits>(...args: [...aws: A, options: GatherOptions]): Future<Outcomes<A>>;
export function gather(...args: unknown[]): Future<unknown[]> {
  const last = args.at(-1);
  let options: GatherOptions = {};
  if (isOptions(last)) options = args.pop() as GatherOptions;
  else if (args.length === 2 && last == null && Array.isArray(args[0])) args.pop();
  const awaitables = (args.length === 1 && Array.isArray(args[0]) ? args[0] : args) as readonly Awaitable<unknown>[];
  if (kernel.runningLoop === null && kernel.eventLoop === null && !awaitables.some(isfuture)) {
    throw new RuntimeError(
      "no running event loop: gather works inside coroutines; write run(main()), with yield* gather(…) in function* main()",
    );
  }
  if (awaitables.length === 0) {
    const empty = new Future<unknown[]>({ loop: currentLoop() });
    empty.setResult([]);
    return empty;
  }
  let outer: _GatheringFuture | null = null;
  // All so far, once one could be there twice. A coroutine that has not been used before cannot.
  let given: Map<Awaitable<unknown>, Future<unknown>> | null = null;
  try {
    for (const awaitable of awaitables) {
      const fresh = isFresh(awaitable);
      if (!fresh) {
        if (Array.isArray(awaitable)) throw notOneList(awaitable);
        given ??= new Map(outer?.children.map((child, i) => [awaitables[i] as Awaitable<unknown>, child]));
        const child = given.get(awaitable);
        if (child !== undefined) {
          outer?.children.push(child);
          continue;
        }
      }
      let child: Future<unknown>;
      if (outer === null) {
        child = ensureFuture(awaitable);
        outer = new _GatheringFuture(child.getLoop(), options);
      } else {
        const loop = outer._loop;
        child = fresh ? loop.createTask(awaitable as Coroutine<unknown>) : loop.ensureFuture(awaitable);
      }
      given?.set(awaitable, child);
      // Before the next one is made: that may begin at once, and end this one.
      outer._watch(child);
    }
  } catch (error) {
    outer?.abandon();
    throw error;
  }
  (outer as _GatheringFuture).begin(given === null ? awaitables.length : given.size);
  return outer as _GatheringFuture;
}

function notOneList(value: unknown): TypeError {
  return new TypeError(
    `gather expects awaitables, or one array of them, got ${describe(value)}. Write gather([a, b]).`,
  );
}

function isOptions(value: unknown): value is GatherOptions {
  if (typeof value !== "object" || value === null || Symbol.iterator in value || "then" in value) return false;
  checkOptions<GatherOptions>("gather", value, { returnExceptions: true, cancelOnError: true });
  return true;
}

/** The outer future. Cancelling it cancels the children, and it is done when they are. */
class _GatheringFuture extends Future<unknown[]> implements Observer {
  declare readonly children: Future<unknown>[];
  declare private readonly options: GatherOptions;
  /** How many different children there are; 0 until all are known. */
  declare private count: number;
  declare private finished: number;
  /** The child that was done last, once all are. */
  declare private last: Future<unknown> | null;
  /** Those that were done before they were watched. */
  declare private already: Future<unknown>[] | null;
  /**
   * How many children have ended that count only in their own turn: an eager one may end others while the gather is
   * still being made, which counts as one more.
   */
  declare private uncounted: number;
  /** A `cancel()` from outside; after the first error only one that came later. */
  declare private request: { readonly msg: unknown } | null;
  /** The child whose error was the first, and has made us cancel the others. */
  declare private failed: Future<unknown> | null;

  constructor(loop: EventLoop, options: GatherOptions) {
    super({ loop });
    this.children = [];
    this.options = options;
    this.count = 0;
    this.finished = 0;
    this.last = null;
    this.already = null;
    this.uncounted = 1;
    this.request = null;
    this.failed = null;
    this._owner = this;
  }

  /** @internal A child that is not among them yet. */
  _watch(child: Future<unknown>): void {
    this.children.push(child);
    if (!child.done()) child._addWaiter(this);
    else if (this.already === null) this.already = [child];
    else this.already.push(child);
  }

  /** @internal All children are there, `count` different ones. */
  begin(count: number): void {
    this.count = count;
    this.uncounted--;
    if (this.already !== null) for (const child of this.already) this.countAndTake(child);
    this.already = null;
  }

  /** @internal One of the arguments was wrong: the errors of the others count as seen. */
  abandon(): void {
    this._cancelNow(undefined);
  }

  override cancel(msg?: unknown): boolean {
    if (this.done()) return super.cancel(msg);
    let any = false;
    // Not those that are done: it would mark the error of one as seen.
    for (const child of this.children) if (!child.done() && child.cancel(msg)) any = true;
    if (any) this.request = { msg };
    return any;
  }

  describeWait(): string {
    // The tasks among them are told of by themselves.
    const other = this.holders().find((child) => child._owner?.holders === undefined && child._owner !== null);
    const what = other === undefined ? "" : `, among them ${other._owner?.describeWait?.(other)}`;
    return `gather of ${this.count}, ${this.count - this.finished} not done${what}`;
  }

  holders(): readonly Future<unknown>[] {
    return this.children.filter((child) => !child.done());
  }

  /** @internal Most children just have a result, and are not the last. */
  _ignores(child: Future<unknown>): boolean {
    if (this.uncounted > 0) {
      this.uncounted++;
      return false;
    }
    if (++this.finished === this.count) this.last = child;
    return child._state === RESULT && this.last === null && this._state === PENDING;
  }

  /** @internal */
  _futureEnded(child: Future<unknown>): void {
    if (this.uncounted === 0) return this.take(child);
    this.uncounted--;
    this.countAndTake(child);
  }

  private countAndTake(child: Future<unknown>): void {
    if (++this.finished === this.count) this.last = child;
    this.take(child);
  }

  private take(child: Future<unknown>): void {
    // This child will not be asked: its error counts as seen.
    if (this.done()) return see(child);
    if (child._state !== RESULT && !this.options.returnExceptions) {
      if (!this.options.cancelOnError) return this.setException(child._takeError());
      if (this.failed === null) this.fail(child);
      else see(child);
    }
    if (child !== this.last) return;
    if (this.failed === null) {
      const results = this.children.map(outcome);
      if (this.request === null) this.setResult(results);
      else this.setException(cancelledErrorOf(this.children.at(-1) as Future<unknown>));
    } else if (this.request === null) this.setException(this.failed._takeError());
    // The error stays with its task, which reports it if it is never retrieved: the cancellation must not be lost for
    // it.
    else this.setException(cancelledError(this.request.msg));
  }

  private fail(child: Future<unknown>): void {
    this.failed = child;
    this.request = null;
    for (const other of this.children) if (other !== child) other.cancel();
  }
}

function see(child: Future<unknown>): void {
  if (!child.cancelled()) child.exception();
}

/** As in CPython the last child has the say, whichever ended last; also if it was only asked to cancel, and has not. */
function cancelledErrorOf(child: Future<unknown>): CancelledError {
  return child.cancelled() ? child._makeCancelledError() : cancelledError(lastMessage(child));
}

/** A cancelled child becomes an error with the message of its `cancel()`, each time it is asked. */
function outcome(child: Future<unknown>): unknown {
  if (!child.cancelled()) return child.exception() ?? child.result();
  const msg = child._value;
  return new CancelledError(msg === undefined || msg === null || msg instanceof CancelledError ? "" : String(msg));
}
