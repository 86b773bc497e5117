/** A pool of connections. */

import type { Pool as PgPool, QueryArrayConfig, QueryArrayResult, QueryResult, QueryResultRow } from "pg";
import { ownOptions } from "../base/checks.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { RuntimeError, TimeoutError } from "../base/errors.ts";
import { hideInside } from "../base/inspection.ts";
import type { AsyncContextManager } from "../iteration/asyncWith.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import { currentLoop, type Future } from "../kernel/future.ts";
import type { ContextMethod, Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { WaiterLine } from "../sync/waiters.ts";
import { checkSeconds } from "../tasks/timeouts.ts";
import { waitFor } from "../tasks/wait.ts";
import { Acquire } from "./acquire.ts";
import { Connection } from "./connection.ts";
import { loadPg, type PgClient } from "./library.ts";
import { type PoolOptions, poolConfig } from "./options.ts";
import { Queries, type QueryText, type Row, type Values } from "./queries.ts";
import { send } from "./query.ts";
import { Session } from "./session.ts";

/**
 * A pool of connections to a PostgreSQL server, made when they are needed; nothing is connected yet.
 * `asyncpg.create_pool`.
 *
 *     await using pool = createPool({ connectionString: process.env.DATABASE_URL, maxSize: 8 });
 *     const names = await pool.fetch("select name from users where id = any($1)", [[1, 2, 3]]);
 *
 * @throws TypeError for an option that there is not. RuntimeError if the package pg is not installed.
 */
export function createPool(options?: PoolOptions | null): Pool {
  return new Pool(options);
}

const TERMINATED = "the pool was terminated";

/** Made by `createPool`. Its connections belong to no loop: several may use it. */
export class Pool extends Queries implements WaitOwner, AsyncDisposable {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Pool);
  static {
    // A bundler may rename the class: pg has a Pool too.
    Object.defineProperty(Pool, "name", { value: "Pool", configurable: true });
    hideInside(Pool);
  }

  /** @internal The tasks that wait for a place. */
  readonly _line = new WaiterLine();
  private readonly maxSize: number;
  /** How many more connections may be in use. */
  private places: number;
  /**
   * Keeps those that are not in use, and ends them in time. With our own line before it no wait stands in its queue.
   */
  private readonly idle: PgPool;
  private readonly sessions = new Map<PgClient, Session>();
  private readonly releases = new WeakMap<Session, (error?: Error) => void>();
  private readonly held = new Set<Connection>();
  private closing = false;
  private terminated = false;
  private watchers: (() => void)[] = [];

  /** @internal */
  constructor(given: PoolOptions | null | undefined) {
    super();
    const pg = loadPg();
    const { config, maxSize, connectTimeout, cancelTimeout } = poolConfig(pg, given);
    const { sessions } = this;
    const closed = (session: Session): void => {
      sessions.delete(session.client);
      this.changed();
    };
    class Client extends pg.Client {
      constructor(options: object) {
        super(options);
        const session = new Session(pg, this as PgClient, cancelTimeout, closed);
        session.limitConnecting(connectTimeout);
        sessions.set(this as PgClient, session);
      }
    }
    this.maxSize = this.places = maxSize;
    this.idle = new pg.Pool({ ...config, Client: Client as never });
    // Of a connection that nothing uses: it is removed, and the next is a new one.
    this.idle.on("error", () => {});
  }

  /**
   * Waits for a connection; first come, first served. Return it by its block, or by `release()`:
   *
   *     await using connection = await pool.acquire();
   *
   * With generators:
   *
   *     yield* asyncWith(pool.acquire(), function* (connection) { … });
   *
   * @throws RuntimeError if the pool is closed. What pg throws if there is no connection to the server.
   */
  acquire(): CoroutineObject<Connection> & AsyncContextManager<Connection, void> {
    return new Acquire(this);
  }

  query<R extends unknown[]>(text: QueryArrayConfig<unknown[]>, values?: Values): CoroutineObject<QueryArrayResult<R>>;
  query<R extends QueryResultRow = Row>(text: QueryText, values?: Values): CoroutineObject<QueryResult<R>>;
  *query(text: QueryText | QueryArrayConfig<unknown[]>, values?: Values): Coroutine<unknown> {
    const connection = yield* this.acquire();
    try {
      return yield* connection.query(text as QueryText, values);
    } finally {
      yield* connection.release();
    }
  }

  /** How many connections there are, in use or not. */
  getSize(): number {
    return this.idle.totalCount;
  }

  /** How many connections are not in use. */
  getIdleSize(): number {
    return this.idle.idleCount;
  }

  /** The option `maxSize`. */
  getMaxSize(): number {
    return this.maxSize;
  }

  /**
   * Closes in good order: `acquire()` throws from now on, the tasks that wait or hold a connection have `grace`
   * seconds, which default to 10, to be done; then the connections are closed. What is left after that is ended as by
   * `terminate()`, and so it is where the wait is cancelled.
   */
  close(options?: { grace?: number } | null): CoroutineObject<void>;
  *close(options?: { grace?: number } | null): Coroutine<void> {
    const grace = ownOptions("close", options, { grace: true }).grace ?? 10;
    checkSeconds(grace, "grace");
    this.closing = true;
    try {
      yield* this.until(() => this.places === this.maxSize && this._line.length === 0, grace);
      this.endIdle();
      yield* this.until(() => this.sessions.size === 0, grace);
    } finally {
      this.terminate();
    }
    yield* this.until(() => this.sessions.size === 0, grace);
  }

  /**
   * Closes all connections at once. Their queries fail and are cancelled on the server; the tasks that wait for a
   * connection get a `RuntimeError`.
   */
  terminate(): void {
    this.closing = true;
    this.endIdle();
    this.terminated = true;
    // Each is told when it comes: see `_checkPlace`.
    this.places -= this._line.wake(this._line.length);
    const error = new RuntimeError(TERMINATED);
    for (const session of [...this.sessions.values()]) session.terminate(error);
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    return this;
  }

  /** Closes. */
  aexit(_error?: unknown): ContextMethod<void>;
  *aexit(_error?: unknown): Coroutine<void> | ContextMethod<void> {
    yield* this.close();
  }

  [ASYNC_DISPOSE](): PromiseLike<void> {
    return this.close();
  }

  describeWait(): string {
    return `a connection of ${this}`;
  }

  holders(): readonly Future<unknown>[] {
    return [...this.held].flatMap(({ _holder }) => _holder ?? []);
  }

  override toString(): string {
    const waiting = this._line.length === 0 ? "" : `, waiting:${this._line.length}`;
    const state = this.closing ? ", closed" : "";
    return `<Pool [${this.maxSize - this.places} of ${this.maxSize} in use${waiting}${state}]>`;
  }

  /** @internal False if the task has to wait in the line. */
  _takePlace(): boolean {
    if (this.closing) throw new RuntimeError("the pool is closed");
    if (this.places === 0) return false; // while there is one, no task in the line is without
    this.places--;
    return true;
  }

  /** @internal */
  _checkPlace(): void {
    if (!this.terminated) return;
    this._putPlace();
    throw new RuntimeError(TERMINATED);
  }

  /** @internal The place goes to the first of the line. */
  _putPlace(): void {
    if (this._line.wake(1) === 0) this.places++;
    this.changed();
  }

  /** @internal The future gets a session, for a place that was taken. One that comes too late goes back. */
  _connect(future: Future<Session>): void {
    const connected = (error: Error | undefined, client: unknown, release: (error?: Error) => void): void => {
      if (error) {
        this._putPlace();
        // pg's error of a connection that terminate() has closed as it was made says less.
        if (!future.done()) future.setException(this.terminated ? new RuntimeError(TERMINATED) : error);
        return;
      }
      const session = this.sessions.get(client as PgClient) as Session;
      this.releases.set(session, release);
      if (future.done()) this._retire(session);
      else future.setResult(session);
    };
    try {
      this.idle.connect(connected as never);
    } catch (error) {
      this._putPlace();
      throw error;
    }
  }

  /** @internal */
  _hand(session: Session): Connection {
    const connection = new Connection(session, (session, connection) => this.takeBack(session, connection));
    this.held.add(connection);
    return connection;
  }

  private *takeBack(session: Session, connection: Connection): Coroutine<void> {
    this.held.delete(connection);
    let back = false;
    let told: Future<unknown> | null = null;
    this._retire(session, () => {
      back = true;
      if (told?.done() === false) told.setResult(undefined);
    });
    if (back) return;
    told = createWaiter(currentLoop(), { describeWait: () => `the release of a connection of ${this}` });
    yield* told;
  }

  /** @internal Back to the idle ones, when the server has nothing more to do, and no transaction is open. */
  _retire(session: Session, done: () => void = () => {}, rolledBack = false): void {
    if (session.busy) {
      session.stop();
      session.whenIdle(() => this._retire(session, done, rolledBack));
      return;
    }
    if (session.lost === null && session.status !== "I") {
      if (rolledBack) session.destroy(new RuntimeError("the server has not rolled back"));
      else {
        const rollback = { stop() {}, ended: () => {} };
        send(session, rollback, "ROLLBACK", [], () => {});
        session.limit();
        session.whenIdle(() => this._retire(session, done, true));
        return;
      }
    }
    this.releases.get(session)?.(session.lost ?? undefined);
    this._putPlace();
    done();
  }

  private endIdle(): void {
    if (!(this.idle as unknown as { ending: boolean }).ending) this.idle.end(() => {});
  }

  /** Places or connections have come back. */
  private changed(): void {
    for (const watcher of this.watchers) watcher();
  }

  /** Waits until it is true, at most for `seconds`. */
  private *until(condition: () => boolean, seconds: number): Coroutine<void> {
    if (condition()) return;
    const future = createWaiter<void>(currentLoop(), { describeWait: () => `the end of ${this}` });
    const watcher = (): void => {
      if (condition() && !future.done()) future.setResult(undefined);
    };
    this.watchers.push(watcher);
    try {
      yield* waitFor(future, seconds);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    } finally {
      this.watchers = this.watchers.filter((other) => other !== watcher);
    }
  }
}
