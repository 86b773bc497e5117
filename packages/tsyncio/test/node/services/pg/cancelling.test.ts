/** Cancellation under load: which tasks it reaches, and what is left. */

import { asyncWith, type Coroutine, createTask, gather, sleep, type Task, timeout, wait } from "tsyncio";
import type { Connection } from "tsyncio/pg";
import { expect, test } from "vitest";
import { postgres, withPool } from "./support.ts";

const there = postgres();

/** About as long as the server takes to get a request of cancellation: many a query ends while that is on its way. */
const SHORT = "select pg_sleep(0.006 * random())";
/** Long enough to be hit by one that is late. */
const NEXT = "select $1::int from pg_sleep(0.008)";

/** Cancels a query at a random moment; at once the next query goes over the same connection. */
function* oneCancelled(connection: Connection, i: number): Coroutine<boolean> {
  const task = createTask(connection.query(SHORT));
  for (let turns = Math.floor(Math.random() * 4); turns > 0; turns--) yield* sleep(0);
  if (i % 3 !== 0) yield* sleep(0.006 * Math.random());
  task.cancel();
  yield* wait([task]);
  // Not the other's error, nor its answer.
  expect(yield* connection.fetchval(NEXT, [i])).toBe(i);
  return task.cancelled();
}

test("of 400 cancellations none hits the next query of the connection", () =>
  withPool(there, { maxSize: 4 }, function* (pool) {
    function* worker(from: number): Coroutine<number> {
      const connection = yield* pool.acquire();
      let cancelled = 0;
      for (let i = from; i < from + 100; i++) if (yield* oneCancelled(connection, i)) cancelled++;
      yield* connection.release();
      return cancelled;
    }
    const cancelled = yield* gather(worker(0), worker(100), worker(200), worker(300));
    expect(cancelled.reduce((sum, count) => sum + count)).toBeGreaterThan(50);
    expect(pool.getSize()).toBe(4);
  }));

test("of 400 cancellations none hits the next task that acquires the connection", () =>
  withPool(there, { maxSize: 4 }, function* (pool) {
    const tasks: Task<unknown>[] = [];
    for (let i = 0; i < 800; i++) {
      if (i % 2 === 1) {
        tasks.push(createTask(pool.fetchval(NEXT, [i])));
        continue;
      }
      const task = createTask(pool.query(SHORT));
      tasks.push(task);
      createTask(cancelLater(task));
    }
    yield* wait(tasks);
    const values = tasks.filter((_, i) => i % 2 === 1).map((task) => task.result());
    expect(values).toEqual(Array.from({ length: 400 }, (_, i) => 2 * i + 1));
    for (const task of tasks.filter((_, i) => i % 2 === 0)) if (!task.cancelled()) task.result();
  }));

/** When it runs, mostly. */
function* cancelLater(task: Task<unknown>): Coroutine<void> {
  yield* sleep(3 * Math.random());
  task.cancel();
}

test("of 2,000 queries of a pool of 8, of which a third is cancelled, the others all have their answers", () =>
  withPool(there, { maxSize: 8 }, function* (pool) {
    const tasks = Array.from({ length: 2000 }, (_, i) => createTask(pool.fetchval("select $1::int + 1", [i])));
    const some = tasks.filter((_, i) => i % 3 === 0);
    for (const [i, task] of some.entries()) {
      task.cancel();
      if (i % 10 === 0) yield* sleep(0);
      if (i % 50 === 0) yield* sleep(0.002);
    }
    yield* wait(tasks);
    for (const [i, task] of tasks.entries()) {
      if (!task.cancelled()) expect(task.result()).toBe(i + 1);
      else expect(i % 3).toBe(0);
    }
    expect(some.filter((task) => task.cancelled()).length).toBeGreaterThan(100);
    expect(pool.getSize()).toBe(8);
  }));

test("a cancelled transaction is rolled back before another task has the connection", () =>
  withPool(there, { maxSize: 1 }, function* (pool) {
    yield* pool.query("create table accounts (id int primary key, balance int); insert into accounts values (1, 100)");
    for (let i = 0; i < 40; i++) {
      const task = createTask(
        asyncWith(pool.acquire(), (connection) =>
          asyncWith(connection.transaction(), function* () {
            yield* connection.query("update accounts set balance = balance - 10 where id = 1");
            yield* connection.query("select pg_sleep(0.01)");
            yield* connection.query("update accounts set balance = balance + 10 where id = 1");
          }),
        ),
      );
      yield* sleep(0.02 * Math.random());
      task.cancel();
      expect(yield* pool.fetchval("select balance from accounts")).toBe(100);
      yield* wait([task]);
      if (!task.cancelled()) task.result();
    }
    yield* pool.query("drop table accounts");
  }));

test("a timeout inside a transaction ends one query; in a savepoint the transaction goes on", () =>
  withPool(there, {}, function* (pool) {
    const connection = yield* pool.acquire();
    yield* asyncWith(connection.transaction(), function* () {
      yield* connection.query("create temporary table notes (id int)");
      yield* connection.query("insert into notes values (1)");
      try {
        yield* asyncWith(timeout(0.02), () =>
          asyncWith(connection.transaction(), () => connection.query("insert into notes select 2 from pg_sleep(60)")),
        );
      } catch (error) {
        expect(String(error)).toContain("TimeoutError");
      }
      yield* connection.query("insert into notes values (3)");
    });
    expect(yield* connection.fetch("select id from notes")).toEqual([{ id: 1 }, { id: 3 }]);
    yield* connection.release();
  }));

test("COMMIT is not half done: its answer is waited for, and the cancellation goes on", () =>
  withPool(there, {}, function* (pool) {
    yield* pool.query("create table committed (id int)");
    for (let i = 0; i < 30; i++) {
      let left = false;
      const task = createTask(
        asyncWith(pool.acquire(), function* (connection) {
          yield* asyncWith(connection.transaction(), function* () {
            yield* connection.query("insert into committed values ($1)", [i]);
            left = true;
          });
        }),
      );
      while (!left) yield* sleep(0);
      for (let turns = i % 5; turns > 0; turns--) yield* sleep(0);
      task.cancel();
      yield* wait([task]);
      if (!task.cancelled()) task.result();
      expect(yield* pool.fetchval("select count(*)::int from committed where id = $1", [i])).toBe(1);
    }
    yield* pool.query("drop table committed");
  }));
