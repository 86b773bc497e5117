/** The awaits of tsyncio/pg. */

import { asyncWith, type Coroutine, type CoroutineObject } from "tsyncio";
import { type Connection, createPool, type Pool, type PoolOptions } from "tsyncio/pg";
import { expect } from "vitest";
import type { Awaits, Every, Kind } from "../../awaits/every.ts";

/** The server that is there for all attempts. */
export const place: { options: PoolOptions } = { options: {} };

const newPool = (options: PoolOptions = {}): Pool => createPool({ ...place.options, maxSize: 1, ...options });

/** In one pool for all attempts. */
const inPool = (kind: Kind, wait: (pool: Pool) => Coroutine<unknown>) =>
  function* (every: Every) {
    const pool = newPool();
    yield* pool.query("select 1");
    yield* every(kind, function* () {
      return {
        wait: wait(pool),
        *after(result) {
          if (result instanceof Object && "release" in result) yield* (result as Connection).release();
          expect(yield* pool.fetchval("select 2")).toBe(2);
        },
      };
    });
    expect(pool.getSize()).toBe(1);
    yield* pool.close();
  };

/** On a connection that is the same for all attempts: it survives all of them. */
const onConnection = (
  kind: Kind,
  wait: (connection: Connection) => Coroutine<unknown>,
  before: (connection: Connection) => Coroutine<unknown> = () => nothing(),
) =>
  function* (every: Every) {
    const pool = newPool();
    const connection = yield* pool.acquire();
    const pid = yield* connection.fetchval("select pg_backend_pid()");
    yield* every(kind, function* () {
      yield* before(connection);
      return {
        wait: wait(connection),
        *after() {
          expect(yield* connection.fetchval("select pg_backend_pid()")).toBe(pid);
        },
      };
    });
    yield* connection.release();
    yield* pool.close();
  };

function* nothing(): Coroutine<void> {}

/** A cursor that has its first rows. */
const openCursor = (wait: (rows: ReturnType<Connection["cursor"]>) => CoroutineObject<unknown>, text: string) =>
  function* (every: Every) {
    const pool = newPool();
    const connection = yield* pool.acquire();
    yield* every("ends", function* () {
      const rows = connection.cursor(text, [], { prefetch: 2 });
      yield* rows.anext();
      yield* rows.anext();
      return {
        wait: wait(rows),
        *after() {
          yield* rows.aclose();
          expect(yield* connection.fetchval("select 3")).toBe(3);
        },
      };
    });
    yield* connection.release();
    yield* pool.close();
  };

export const awaits: Awaits = {
  "Pool.acquire, of a new connection": function* (every) {
    yield* every("ends late", function* () {
      const pool = newPool();
      return { wait: pool.acquire(), after: () => pool.close({ grace: 0.05 }) };
    });
  },
  "Pool.acquire, of an idle connection": inPool("ends", (pool) => pool.acquire()),
  "Pool.acquire, in the line": function* (every) {
    const pool = newPool();
    const held = yield* pool.acquire();
    yield* every("endless", function* () {
      return { wait: pool.acquire() };
    });
    yield* held.release();
    expect(yield* pool.fetchval("select 1")).toBe(1);
    yield* pool.close();
  },
  "Pool.query": inPool("ends", (pool) => pool.query("select 1")),
  "Pool.query, that does not end": inPool("endless", (pool) => pool.query("select pg_sleep(60)")),
  "Queries.fetch": inPool("ends", (pool) => pool.fetch("select 1")),
  "Queries.fetchrow": inPool("ends", (pool) => pool.fetchrow("select 1")),
  "Queries.fetchval": inPool("ends", (pool) => pool.fetchval("select 1")),
  "Connection.query": onConnection("ends", (connection) => connection.query("select $1::int", [1])),
  "Connection.query, that does not end": onConnection("endless", (connection) =>
    connection.query("select pg_sleep(60)"),
  ),
  "Connection.query, in a transaction": onConnection("endless", (connection) =>
    asyncWith(connection.transaction(), () => connection.query("select pg_sleep(60)")),
  ),
  "Connection.query, in a savepoint": onConnection("endless", (connection) =>
    asyncWith(connection.transaction(), () =>
      asyncWith(connection.transaction(), () => connection.query("select pg_sleep(60)")),
    ),
  ),
  "Connection.release, with a transaction": function* (every) {
    const pool = newPool();
    yield* every("ends", function* () {
      const connection = yield* pool.acquire();
      yield* connection.query("begin; create table half (id int)");
      return {
        wait: connection.release(),
        *after() {
          yield* connection.release();
          expect(yield* pool.fetchval("select to_regclass('half')")).toBe(null);
        },
      };
    });
    yield* pool.close();
  },
  "Transaction.aenter": onConnection("ends", function* (connection) {
    const transaction = connection.transaction();
    yield* transaction.aenter();
    yield* transaction.aexit(null);
  }),
  "Transaction.aexit, which rolls back": onConnection(
    "ends",
    (connection) => connection.query("rollback"),
    (connection) => connection.query("begin"),
  ),
  "Connection.cursor, opened": onConnection("ends", (connection) => connection.cursor("select 1").anext()),
  "Connection.cursor, whose rows do not come": onConnection("endless", (connection) =>
    connection.cursor("select pg_sleep(60)").anext(),
  ),
  "Connection.cursor, its next rows": openCursor((rows) => rows.anext(), "select generate_series(1, 10)"),
  "Connection.cursor, its last rows": openCursor((rows) => rows.anext(), "select generate_series(1, 3)"),
  "Connection.cursor, closed early": openCursor((rows) => rows.aclose(), "select generate_series(1, 10)"),
  "Pool.close, while a connection is in use": function* (every) {
    yield* every("endless", function* () {
      const pool = newPool();
      yield* pool.acquire();
      return { wait: pool.close(), after: () => pool.terminate() };
    });
  },
  "Pool.close": function* (every) {
    yield* every("ends", function* () {
      const pool = newPool();
      yield* pool.query("select 1");
      return { wait: pool.close(), after: () => pool.close() };
    });
  },
};
