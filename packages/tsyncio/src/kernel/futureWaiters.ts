/** What waits for a future besides handles and tasks: observers, and the leaf under every `yield*`. */

import { PENDING, RESULT } from "./flags.ts";
import type { Future } from "./future.ts";
import { done, type Suspend } from "./protocol.ts";
import type { Runnable } from "./queues/ready.ts";
import { alreadyAwaited, answerProbe, checkTaken, PROBE, suspendOn } from "./state.ts";

/**
 * A part of the runtime that watches many futures: a gather, a task group. Told in a turn of its own, like
 * a done callback; but while it is alone the future itself goes into the ready queue, and nothing is allocated.
 */
export interface Observer {
  /** @internal */ _futureEnded(future: Future<unknown>): void;
  /** @internal Asked at once, when the future is done: true if it need not be told in a turn of its own. */
  _ignores?(future: Future<unknown>): boolean;
  /** @internal The task on whose behalf it watches, where it is not itself a future: for the call graph. */
  _watchesFor?(): Future<unknown> | null;
}

/** What completes with a future: a task that waits for it, a done callback, an observer. */
export type Waiter = Runnable | Observer;

export function isObserver(waiter: Waiter): waiter is Observer {
  return "_futureEnded" in waiter;
}

/** Tells an observer that is not the only waiter. */
export class Notice implements Runnable {
  /** @internal */ declare readonly _future: Future<unknown>;
  declare private readonly _observer: Observer;

  constructor(future: Future<unknown>, observer: Observer) {
    this._future = future;
    this._observer = observer;
  }

  /** @internal */
  _run(): void {
    this._observer._futureEnded(this._future);
  }
}

/**
 * Many waiters of one future, some of which leave before it is done: each would have to be searched for in a list.
 * Stands in the future's place for a waiter, as an observer that passes everything on.
 */
export class Crowd implements Observer {
  declare private readonly members: Set<Waiter>;

  constructor(members: Iterable<Waiter>) {
    this.members = new Set(members);
  }

  add(waiter: Waiter): void {
    this.members.add(waiter);
  }

  delete(waiter: Waiter): void {
    this.members.delete(waiter);
  }

  [Symbol.iterator](): Iterator<Waiter> {
    return this.members.values();
  }

  /** @internal */
  _ignores(future: Future<unknown>): boolean {
    for (const waiter of this.members) future._enqueue(waiter);
    return true;
  }

  /** @internal Never called: the members are told. */
  _futureEnded(): void {}
}

/** All that wait for the future, in the order in which they came. */
export function waitersOf(future: Future<unknown>): readonly Waiter[] {
  const waiters = future._waiters;
  if (waiters === null) return [];
  return Array.isArray(waiters) ? waiters : waiters instanceof Crowd ? [...waiters] : [waiters];
}

const FRESH = 0;
const BEGUN = 1;
/** By `throw()` or `return()`. */
const ENDED = 2;

/** The leaf under every wait. `next()` begins; `next(future)` comes from the task, when the future has a result. */
export class FutureIterator<T> implements Iterator<Suspend, T, unknown> {
  declare private readonly _future: Future<T>;
  declare private _state: number;

  constructor(future: Future<T>) {
    this._future = future;
    this._state = FRESH;
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    const future = this._future;
    if (value === undefined && this._state !== FRESH) return this._refuse();
    if (value === PROBE) return answerProbe();
    if (future._state === RESULT) return { done: true, value: future._value as T };
    if (future._state === PENDING) {
      this._state = BEGUN;
      return suspendOn(future as Future<unknown>);
    }
    throw future._takeError();
  }

  /** Begun a second time. */
  private _refuse(): IteratorResult<Suspend, T> {
    if (this._state === ENDED) return done(undefined as T);
    return alreadyAwaited(this, this._future as Future<unknown>);
  }

  throw(error: unknown): never {
    this._state = ENDED;
    throw error;
  }

  return(value: T): IteratorResult<Suspend, T> {
    this._state = ENDED;
    checkTaken(this._future);
    return done(value);
  }
}
