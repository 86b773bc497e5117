/** `fromPromise` over the real driver `pg` and the real `fetch`: what a cancelled wait leaves behind. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import {
  type Coroutine,
  createTask,
  type ExceptionContext,
  fromPromise,
  newEventLoop,
  run,
  sleep,
  TimeoutError,
  wait,
  waitFor,
} from "tsyncio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failure } from "../support.ts";
import { PostgresServer } from "./postgres.ts";

let reports: string[] = [];

/** `run(main())`, with what its loop reports. */
function watched(main: () => Coroutine<void>): Promise<void> {
  reports = [];
  const loopFactory = () => {
    const loop = newEventLoop();
    loop.setExceptionHandler((_loop: unknown, { exception }: ExceptionContext) => reports.push(String(exception)));
    return loop;
  };
  return run(main(), { loopFactory });
}

function* until(condition: () => boolean): Coroutine<void> {
  while (!condition()) yield* sleep(0.001);
}

describe("the pool of pg", () => {
  const server = new PostgresServer();
  let pool: pg.Pool;

  beforeEach(async () => {
    const port = await server.start();
    pool = new pg.Pool({ host: "127.0.0.1", port, user: "u", database: "d", password: "", max: 1 });
  });
  afterEach(async () => {
    await pool.end();
    server.close();
  });

  function* use(): Coroutine<string> {
    const client = yield* fromPromise(pool.connect(), { late: (client) => client.release() });
    try {
      const { rows } = yield* fromPromise(client.query("select 1"));
      return rows[0].text;
    } finally {
      client.release();
    }
  }

  it("gets a connection back that arrives when the task which waited for it was cancelled", () =>
    watched(function* () {
      const first = yield* fromPromise(pool.connect());
      const tasks = [createTask(use()), createTask(use()), createTask(use())];
      yield* until(() => pool.waitingCount === 3);
      for (const task of tasks) task.cancel();
      yield* wait(tasks);
      first.release();
      yield* until(() => pool.idleCount === 1 && pool.waitingCount === 0);
      expect(yield* use()).toBe("select 1");
      expect([pool.totalCount, reports]).toEqual([1, []]);
    }));

  it("gets one back whose query was cancelled: the server has answered before the error goes on", () =>
    watched(function* () {
      const client = yield* fromPromise(pool.connect());
      const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
      const slow = fromPromise(client.query("select pg_sleep(60)"), {
        cancel: () => server.cancelRequest(processID, secretKey),
        settle: 60,
      });
      yield* until(() => server.statements.at(-1) === "select pg_sleep(60)");
      expect(yield* failure(() => waitFor(slow, 0.01))).toBeInstanceOf(TimeoutError);
      client.release();
      expect(yield* use()).toBe("select 1");
      expect(server.statements.slice(-2)).toEqual(["select pg_sleep(60)", "select 1"]);
      // The statement's own error came for no query: it is reported, and does not reach the next query.
      expect(reports).toEqual(["error: canceling statement due to user request"]);
    }));
});

describe("fetch", () => {
  it("is aborted with its task, and what it says of that is no news", async () => {
    const server = createServer((request) => {
      request.socket.on("close", () => server.emit("left"));
      server.emit("asked");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const left = once(server, "left");
    await watched(function* () {
      const asked = once(server, "asked");
      const task = createTask(fromPromise((signal) => fetch(url, { signal }), { settle: 60 }));
      yield* fromPromise(asked);
      task.cancel();
      yield* wait([task]);
      expect(task.cancelled()).toBe(true);
    });
    await left;
    server.close();
    expect(reports).toEqual([]);
  });

  it("whose response comes late is let go by late(): the connection is free again", async () => {
    const server = createServer((_request, response) => {
      server.once("answer", () => response.end("late"));
      server.emit("asked");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const statuses: number[] = [];
    await watched(function* () {
      const asked = once(server, "asked");
      const late = (response: Response) => {
        statuses.push(response.status);
        return response.body?.cancel();
      };
      const task = createTask(fromPromise(fetch(url), { late }));
      yield* fromPromise(asked);
      task.cancel();
      yield* wait([task]);
      server.emit("answer");
      yield* until(() => statuses.length > 0);
    });
    server.closeAllConnections();
    server.close();
    expect([statuses, reports]).toEqual([[200], []]);
  });
});
