/** What of tsyncio/pg needs no PostgreSQL. The tests with one are in services/pg. */

import { inspect } from "node:util";
import { asyncWith, type Coroutine, createTask, isCancelled, run, sleep, timeout, wait } from "tsyncio";
import { createPool, type Pool, type PoolOptions } from "tsyncio/pg";
import { describe, expect, it } from "vitest";
import { errorOf, rejection, thrownBy } from "../support.ts";
import { PostgresServer } from "./postgres.ts";

/** With a server that speaks as much of the protocol as simple queries need. */
async function withPool(options: PoolOptions, body: (pool: Pool, server: PostgresServer) => Coroutine<void>) {
  const server = new PostgresServer();
  const port = await server.start();
  try {
    const pool = createPool({ host: "127.0.0.1", port, user: "u", database: "d", password: "", ...options });
    await run(asyncWith(pool, () => body(pool, server)));
  } finally {
    server.close();
  }
}

/** Cancels the query once the server runs it. */
function* cancelledWhileItRuns(pool: Pool, server: PostgresServer): Coroutine<void> {
  const running = createTask(pool.query("select pg_sleep(60)"));
  while (server.statements.at(-1) !== "select pg_sleep(60)") yield* sleep(0.001);
  running.cancel();
  expect(isCancelled(yield* errorOf(running))).toBe(true);
}

describe("a password", () => {
  it.each([undefined, null, 0, "", new Error("no token")])("that cannot be had, for %s, is no connection", (value) =>
    withPool({ maxSize: 1, password: () => Promise.reject(value) }, function* (pool, server) {
      server.password = "secret";
      for (let i = 0; i < 2; i++) {
        const error = yield* errorOf(pool.query("select a"));
        expect(String(error)).toMatch(/ was thrown$|^Error: no token$/);
      }
      expect(pool.getSize()).toBe(0);
      while (server.connections > 0) yield* sleep(0.001);
      expect(server.statements).toEqual([]);
    }),
  );

  it("is asked for at each connection", () => {
    let asked = 0;
    const password = () => {
      asked++;
      return asked === 1 ? Promise.reject() : "secret";
    };
    return withPool({ maxSize: 1, password }, function* (pool, server) {
      server.password = "secret";
      expect(yield* errorOf(pool.query("select a"))).toBeInstanceOf(TypeError);
      expect(yield* pool.fetchval("select a")).toBe("select a");
      expect(asked).toBe(2);
    });
  });
});

it.each([undefined, null, 0, ""])("a transaction whose block throws %s is rolled back", (value) =>
  withPool({ maxSize: 1 }, function* (pool, server) {
    yield* asyncWith(pool.acquire(), function* (connection) {
      const block = asyncWith(connection.transaction(), function* () {
        yield* connection.query("insert");
        throw value;
      });
      expect(yield* errorOf(block)).toBe(value);
    });
    expect(server.statements).toEqual(["BEGIN", "insert", "ROLLBACK"]);
  }),
);

describe("queries", () => {
  it("are answered; a cancelled one has ended on the server before the next one goes", () =>
    withPool({ maxSize: 1 }, function* (pool, server) {
      expect(yield* pool.fetch("select a")).toEqual([{ text: "select a" }]);
      expect(yield* pool.fetchrow("select b")).toEqual({ text: "select b" });
      expect(yield* pool.fetchval("select c")).toBe("select c");
      yield* cancelledWhileItRuns(pool, server);
      expect((yield* pool.query("select d")).rows).toEqual([{ text: "select d" }]);
      expect(server.statements.slice(-2)).toEqual(["select pg_sleep(60)", "select d"]);
    }));

  it("are cancelled although the first requests come before the query has begun, and cancel nothing", () =>
    withPool({ maxSize: 1, cancelTimeout: 60 }, function* (pool, server) {
      server.early = 2;
      yield* cancelledWhileItRuns(pool, server);
      expect(server.early).toBe(0);
      expect(yield* pool.fetchval("select d")).toBe("select d");
      expect(pool.getSize()).toBe(1); // the same connection
    }));

  it("that wait for a connection which is being made when the pool is terminated get its error", () =>
    withPool({ maxSize: 1 }, function* (pool) {
      const running = createTask(pool.query("select 1"));
      while (pool.getSize() === 0) yield* sleep(0);
      pool.terminate();
      expect(String(yield* errorOf(running))).toBe("RuntimeError: the pool was terminated");
    }));

  it("of two tasks on one connection: the second gets an error that says what to do", () =>
    withPool({}, function* (pool) {
      yield* asyncWith(pool.acquire(), function* (connection) {
        const tasks = [createTask(connection.query("select 1")), createTask(connection.query("select 2"))];
        yield* wait(tasks);
        expect(tasks[0]?.exception()).toBe(null);
        expect(String(tasks[1]?.exception())).toContain("acquire a connection for each task");
      });
    }));

  it("after the release of the connection are refused", () =>
    withPool({}, function* (pool) {
      const connection = yield* pool.acquire();
      yield* connection.release();
      yield* connection.release();
      expect(String(thrownBy(() => connection.query("select 1")))).toContain("was released to its pool");
      expect(String(yield* errorOf(connection.cursor("select 1").anext()))).toContain("was released to its pool");
      expect([pool.getSize(), pool.getIdleSize(), String(connection)]).toEqual([1, 1, "<Connection [released]>"]);
    }));

  it.each([
    [5, [], "the text of a query must be a string, or { text, values }, got 5"],
    [{ values: [] }, [], "the text of a query must be a string, or { text, values }, got an object of class Object"],
    [
      { text: "select 1", submit() {} },
      [],
      "the text of a query must be a string, or { text, values }, got an object of class Object",
    ],
    ["select $1", "a", 'the values of a query must be an array, as in fetch(text, [value]), got "a"'],
  ])("of a wrong kind are refused before anything is sent: %j", (text, values, message) =>
    withPool({}, function* (pool, server) {
      expect(String(yield* errorOf(pool.query(text as never, values as never)))).toBe(`TypeError: ${message}`);
      expect(server.statements).toEqual([]);
    }),
  );
});

describe("a pool", () => {
  it("tells what a task waits for, and which tasks could end the wait", () =>
    withPool({ maxSize: 1 }, function* (pool) {
      yield* asyncWith(pool.acquire(), function* () {
        expect(String(pool)).toBe("<Pool [1 of 1 in use]>");
        const task = createTask(pool.acquire());
        yield* errorOf(asyncWith(timeout(0), () => pool.acquire()));
        expect(String(pool)).toBe("<Pool [1 of 1 in use, waiting:1]>");
        expect(pool.holders().length).toBe(1);
        task.cancel();
        yield* wait([task]);
        expect(String(pool)).toBe("<Pool [1 of 1 in use]>");
      });
    }));

  it("cannot be used when it is closed", () =>
    withPool({}, function* (pool) {
      yield* pool.close();
      yield* pool.close();
      expect(String(yield* errorOf(pool.acquire()))).toBe("RuntimeError: the pool is closed");
    }));

  it("is usable in several runs, one after the other", async () => {
    const server = new PostgresServer();
    const pool = createPool({ host: "127.0.0.1", port: await server.start(), user: "u", password: "" });
    expect(await run(pool.fetchval("select 1"))).toBe("select 1");
    expect(await run(pool.fetchval("select 2"))).toBe("select 2");
    expect(await pool.fetchval("select 3")).toBe("select 3");
    await pool.close();
    server.close();
  });

  it("tells of a server that is not there", async () => {
    const pool = createPool({ host: "127.0.0.1", port: 1, user: "u" });
    expect(((await rejection(pool.query("select 1"))) as NodeJS.ErrnoException).code).toBe("ECONNREFUSED");
    await pool.close();
  });
});

describe("options", () => {
  it.each<[unknown, string]>([
    [{ max: 3 }, 'createPool has no option "max". It has'],
    [{ conectionString: "x" }, "did you mean connectionString?"],
    [{ maxSize: 0 }, "maxSize must be a whole number of connections greater than 0, got 0"],
    [{ maxSize: "3" }, "maxSize must be a whole number of connections greater than 0"],
    [{ connectTimeout: 0 }, "connectTimeout must be a number of seconds greater than 0, got 0"],
    [{ cancelTimeout: Number.NaN }, "cancelTimeout must be a number of seconds greater than 0, got NaN"],
    [{ ssl: "require" }, 'ssl must be true, false or options of tls.connect, got "require"'],
  ])("%j is refused", (options, message) => {
    expect(String(thrownBy(() => createPool(options as PoolOptions)))).toContain(message);
  });

  it("that are a string are refused without their text, and so is a URL that cannot be read", () => {
    const given = ["postgres://me:s3cret@host/db", { connectionString: "postgres://me:s3cret@host:port/db" }];
    for (const options of [...given, { connectionString: "postgres://me:s3cret@[/db" }]) {
      const error = thrownBy(() => createPool(options as PoolOptions));
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("s3cret");
      expect(String(error)).toMatch(/createPool expects options|connectionString must be a URL/);
    }
  });

  it("with a password are not shown by console.log of the pool", () => {
    const pool = createPool({ connectionString: "postgres://me:s3cret@host/db", password: "s3cret" });
    expect(inspect(pool, { depth: 9, showHidden: true })).toBe("<Pool [0 of 10 in use]>");
    expect(JSON.stringify({ pool })).not.toContain("s3cret");
  });

  it("of a transaction and of a cursor are checked", () =>
    withPool({}, function* (pool) {
      const connection = yield* pool.acquire();
      const wrong = (fn: () => unknown) => String(thrownBy(fn));
      expect(wrong(() => connection.transaction({ isolation: "x; drop table t" as never }))).toContain(
        "must be one of",
      );
      expect(wrong(() => connection.transaction({ readOnly: true } as never))).toContain("did you mean readonly?");
      expect(wrong(() => connection.cursor("select 1", [], { prefetch: 0 }))).toContain("greater than 0, got 0");
      yield* connection.release();
    }));
});
