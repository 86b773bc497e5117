/** The wait for a connection of a pool. */

import type { Future } from "../kernel/future.ts";
import { currentLoop } from "../kernel/future.ts";
import { isResumed } from "../kernel/leaf.ts";
import type { ContextMethod, Coroutine, Suspend } from "../kernel/protocol.ts";
import { answerProbe, PROBE } from "../kernel/state.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { WaiterCoroutine, type WaiterLine } from "../sync/waiters.ts";
import type { Connection } from "./connection.ts";
import type { Session } from "./session.ts";

/** The pool. A place in it is the right to have one of its connections. */
export interface Places extends WaitOwner {
  readonly _line: WaiterLine;
  /** False if the task has to wait in the line. Throws if the pool is closed. */
  _takePlace(): boolean;
  /** Called with a place that has come while the task stood in the line. Throws if the pool was terminated. */
  _checkPlace(): void;
  _putPlace(): void;
  /** The future gets a session, for a place that was taken. */
  _connect(future: Future<Session>): void;
  _hand(session: Session): Connection;
  /** Takes back a session, and the place. */
  _retire(session: Session): void;
}

/**
 * What `pool.acquire()` returns: waits for a place, then for the connection; with `asyncWith` a block. However it ends,
 * the place and the connection are the task's, or the pool's.
 */
export class Acquire extends WaiterCoroutine<Connection> {
  private readonly pool: Places;
  private connecting = false;
  /** What `asyncWith` has entered. */
  private connection: Connection | null = null;

  constructor(pool: Places) {
    super();
    this.pool = pool;
  }

  protected get madeBy(): string {
    return "pool.acquire()";
  }

  next(value?: unknown): IteratorResult<Suspend, Connection> {
    const { _wait: wait, pool } = this;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    if (this.connecting) return { done: true, value: pool._hand((wait as Future<Session>).result()) };
    if (wait !== null) {
      pool._line.delete(this);
      pool._checkPlace();
    } else if (!pool._takePlace()) return this.join(currentLoop(), pool, pool._line);
    this.connecting = true;
    const future = createWaiter<Session>(currentLoop(), pool);
    pool._connect(future);
    return this.suspend(future as Future<unknown>);
  }

  protected abandon(future: Future<unknown>): void {
    const { pool } = this;
    if (!this.connecting) pool._line.delete(this);
    if (!future.done()) future.cancel();
    if (future.cancelled() || future.exception() !== null) return;
    // It has come, and the task does not take it.
    if (this.connecting) pool._retire(future.result() as Session);
    else pool._putPlace();
  }

  aenter(): ContextMethod<Connection>;
  *aenter(): Coroutine<Connection> | ContextMethod<Connection> {
    this.connection = yield* this;
    return this.connection;
  }

  aexit(_error?: unknown): ContextMethod<void>;
  *aexit(_error?: unknown): Coroutine<void> | ContextMethod<void> {
    yield* (this.connection as Connection).release();
  }
}
