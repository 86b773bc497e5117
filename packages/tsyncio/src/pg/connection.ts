/** A connection of the pool, in the hands of a task. */

import type { QueryArrayConfig, QueryArrayResult, QueryResult, QueryResultRow } from "pg";
import { ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { RuntimeError, ValueError } from "../base/errors.ts";
import { hideInside } from "../base/inspection.ts";
import type { AsyncGen } from "../iteration/asyncGenerator.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Future } from "../kernel/future.ts";
import type { ContextMethod, Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { rowsOf } from "./cursor.ts";
import { configOf, Queries, type QueryText, type Row, type Values, valuesOf } from "./queries.ts";
import { Query } from "./query.ts";
import type { Session } from "./session.ts";
import { Transaction, type TransactionOptions } from "./transaction.ts";

/** The options of `connection.cursor`. */
export interface CursorOptions {
  /** How many rows are fetched at a time. Defaults to 50. */
  prefetch?: number;
}

/**
 * A connection to the server, for one task at a time. Made by `pool.acquire()`, and given back at the end of its block:
 *
 *     await using connection = await pool.acquire();
 *     await connection.query("update accounts set balance = balance - $1 where id = $2", [10, id]);
 *
 * A cancelled query is cancelled on the server, and the cancellation goes on when the server has stopped.
 */
export class Connection extends Queries implements AsyncDisposable {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Connection);
  static {
    hideInside(Connection);
  }

  /** @internal The task that has acquired it. */
  readonly _holder: Future<unknown> | null = kernel.currentTask;
  /** @internal How many transactions are open. */
  _depth = 0;
  private session: Session | null;
  private readonly giveBack: (session: Session, connection: Connection) => Coroutine<void>;

  /** @internal */
  constructor(session: Session, giveBack: (session: Session, connection: Connection) => Coroutine<void>) {
    super();
    this.session = session;
    this.giveBack = giveBack;
  }

  query<R extends unknown[]>(text: QueryArrayConfig<unknown[]>, values?: Values): CoroutineObject<QueryArrayResult<R>>;
  query<R extends QueryResultRow = Row>(text: QueryText, values?: Values): CoroutineObject<QueryResult<R>>;
  query(text: QueryText | QueryArrayConfig<unknown[]>, values?: Values): CoroutineObject<unknown> {
    // A text, where it is one: of an object pg makes a copy, which takes it longer than all else.
    if (typeof text === "string") return new Query(this._session, text, valuesOf(values));
    return new Query(this._session, configOf(text, values));
  }

  /**
   * A transaction: committed at the end of its block, rolled back if the block throws or is cancelled. Inside another
   * it is a savepoint.
   *
   *     await using _ = connection.transaction({ isolation: "serializable" });
   */
  transaction(options?: TransactionOptions | null): Transaction {
    return new Transaction(this, options);
  }

  /**
   * The rows of a query as an async iterable that holds `prefetch` of them at a time; needs the package pg-cursor.
   * Until it is read to its end or left, the connection does nothing else.
   *
   *     for await (const { id } of connection.cursor("select id from events")) …
   */
  cursor<R = Row>(text: string, values?: Values | null, options?: CursorOptions | null): AsyncGen<R> {
    const config = configOf(text, values);
    const prefetch = ownOptions("cursor", options, { prefetch: true }).prefetch ?? 50;
    if (!Number.isInteger(prefetch) || prefetch < 1) {
      throw new ValueError(`prefetch must be a whole number of rows greater than 0, got ${describe(prefetch)}`);
    }
    return rowsOf(() => this._session, config.text, config.values as unknown[], prefetch);
  }

  /**
   * Returns the connection to its pool; the end of its block does the same. What still runs is cancelled on the
   * server, a transaction that is still open is rolled back. A connection that was released before is left as it is.
   */
  release(): CoroutineObject<void>;
  *release(): Coroutine<void> {
    const { session } = this;
    if (session === null) return;
    this.session = null;
    yield* this.giveBack(session, this);
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    return this;
  }

  aexit(_error?: unknown): ContextMethod<void>;
  *aexit(_error?: unknown): Coroutine<void> | ContextMethod<void> {
    yield* this.release();
  }

  [ASYNC_DISPOSE](): PromiseLike<void> {
    return this.release();
  }

  /** True after `release()`. */
  released(): boolean {
    return this.session === null;
  }

  override toString(): string {
    const { session } = this;
    const state = session === null ? "released" : session.lost !== null ? "lost" : session.busy ? "busy" : "idle";
    return `<${this.constructor.name} [${state}]>`;
  }

  /** @internal @throws RuntimeError after `release()`. */
  get _session(): Session {
    if (this.session === null) {
      throw new RuntimeError("the connection was released to its pool: acquire one for the block that uses it");
    }
    return this.session;
  }
}
