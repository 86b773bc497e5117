/** Transactions and savepoints, as blocks. */

import { ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { isCancelled, RuntimeError, ValueError } from "../base/errors.ts";
import { leftWithoutError } from "../base/notCompiled.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { ContextMethod, Coroutine } from "../kernel/protocol.ts";
import { Rollback, Statement } from "./query.ts";
import type { Session } from "./session.ts";

const ISOLATION = ["read uncommitted", "read committed", "repeatable read", "serializable"] as const;

/** Only for the outermost transaction of a connection. */
export interface TransactionOptions {
  /** Defaults to the server's setting, which is "read committed" unless it was changed. */
  isolation?: (typeof ISOLATION)[number];
  /** The server refuses to change data. Defaults to false. */
  readonly?: boolean;
  /** A serializable, read-only transaction waits until it cannot fail. Defaults to false. */
  deferrable?: boolean;
}

/** The connection. */
interface Place {
  readonly _session: Session;
  /** How many transactions are open. */
  _depth: number;
  released(): boolean;
}

/** What `connection.transaction()` returns: a block, entered once. */
export class Transaction {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Transaction);
  private readonly connection: Place;
  private readonly options: TransactionOptions;
  private state: "new" | "open" | "ended" = "new";
  /** Null for the outermost. */
  private savepoint: string | null = null;

  /** @internal */
  constructor(connection: Place, options: TransactionOptions | null | undefined) {
    this.connection = connection;
    this.options = ownOptions("transaction", options, { isolation: true, readonly: true, deferrable: true });
    const { isolation } = this.options;
    if (isolation !== undefined && !ISOLATION.includes(isolation)) {
      throw new ValueError(`isolation must be one of "${ISOLATION.join('", "')}", got ${describe(isolation)}`);
    }
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    const { connection } = this;
    if (this.state !== "new")
      throw new RuntimeError("the transaction has already been entered: make one for each block");
    const depth = connection._depth;
    if (depth > 0 && Object.keys(this.options).length > 0) {
      throw new RuntimeError("a transaction inside another is a savepoint, which has no options");
    }
    this.state = "open";
    this.savepoint = depth === 0 ? null : `tsyncio_${depth}`;
    try {
      yield* this.run(this.savepoint === null ? this.begin() : `SAVEPOINT ${this.savepoint}`);
    } catch (error) {
      this.state = "ended";
      // Cancelled when the server had begun it.
      if (depth === 0 && connection._session.status !== "I") yield* this.rollback();
      throw error;
    }
    connection._depth = depth + 1;
    return this;
  }

  /**
   * Commits; after an error rolls back. A cancellation waits for the server's answer to COMMIT, and goes on.
   *
   * @throws RuntimeError if a query has failed, and the block has ended well: there is nothing to commit.
   */
  aexit(error: unknown): ContextMethod<void>;
  *aexit(error: unknown): Coroutine<void> | ContextMethod<void> {
    const { connection, savepoint } = this;
    if (this.state !== "open") return;
    this.state = "ended";
    connection._depth--;
    const wrong = error !== null && error !== undefined;
    if (wrong && connection.released()) return; // which has rolled back
    if (!wrong && connection._session.status !== "E") {
      yield* this.run(savepoint === null ? "COMMIT" : `RELEASE SAVEPOINT ${savepoint}`);
      return;
    }
    yield* this.rollback();
    if (wrong) return;
    throw new RuntimeError(
      "the transaction was rolled back: one of its queries has failed, and the error was caught inside the block. Catch it outside, or put the query into a transaction of its own, which is a savepoint",
    );
  }

  /**
   * For the type of `await using`, which is compiled to `aenter` and `aexit`.
   *
   * @throws RuntimeError in a module that is not compiled: JavaScript does not tell the error that has ended the block.
   */
  [ASYNC_DISPOSE](): PromiseLike<void> {
    throw leftWithoutError(this);
  }

  toString(): string {
    return `<${this.constructor.name} [${this.state}]${this.savepoint === null ? "" : ` savepoint=${this.savepoint}`}>`;
  }

  private begin(): string {
    const { isolation, readonly = false, deferrable = false } = this.options;
    const level = isolation === undefined ? "" : ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
    return `BEGIN${level}${readonly ? " READ ONLY" : ""}${deferrable ? " DEFERRABLE" : ""}`;
  }

  /** A connection that cannot be rolled back is not used again. The error that counts is the block's own. */
  private *rollback(): Coroutine<void> {
    const session = this.connection._session;
    if (session.lost !== null) return;
    try {
      yield* new Rollback(session, this.savepoint === null ? "ROLLBACK" : `ROLLBACK TO SAVEPOINT ${this.savepoint}`);
    } catch (error) {
      if (isCancelled(error)) throw error;
      session.destroy(error as Error);
    }
  }

  private *run(text: string): Coroutine<void> {
    yield* new Statement(this.connection._session, text);
  }
}
