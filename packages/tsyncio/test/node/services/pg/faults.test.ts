/** A server that ends, hangs, refuses, or speaks TLS. */

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import {
  asyncWith,
  type Coroutine,
  createTask,
  fromPromise,
  gather,
  sleep,
  type Task,
  TimeoutError,
  timeout,
  wait,
} from "tsyncio";
import { createPool, type PoolOptions } from "tsyncio/pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../../../support.ts";
import { type Certificates, makeCertificates } from "../../net/certificates.ts";
import { Observer, PASSWORD, Postgres } from "./postgres.ts";
import { eventually, noSessions, postgres, quiet } from "./support.ts";

const there = postgres();

/** Stands between: forwards what comes, until it is told not to. */
class Relay {
  /** Which of the connections, by their number, are still forwarded. */
  forwards = (_number: number): boolean => true;
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  constructor(target: number) {
    this.server = createServer((client) => {
      const number = this.connections++;
      const upstream = connect(target, "127.0.0.1");
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.sockets.add(from);
        from.on("data", (data) => {
          if (this.forwards(number)) to.write(data);
        });
        from.on("error", () => {}).on("close", () => this.sockets.delete(from) && to.destroy());
      }
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

async function withRelay(body: (relay: Relay, options: PoolOptions) => Coroutine<void>): Promise<void> {
  const relay = await new Relay(there.server.port).listen();
  try {
    await quiet(() => body(relay, { ...there.server.options, port: relay.port, maxSize: 2 }));
  } finally {
    relay.close();
  }
}

describe("a server that does not answer", () => {
  test("to a cancellation: the connection is destroyed after cancelTimeout, and the next one is new", () =>
    withRelay(function* (relay, options) {
      const pool = createPool({ ...options, cancelTimeout: 0.1 });
      const connection = yield* pool.acquire();
      const pid = yield* connection.fetchval("select pg_backend_pid()");
      relay.forwards = () => false;
      expect(yield* errorOf(asyncWith(timeout(0.01), () => connection.query("select 1")))).toBeInstanceOf(TimeoutError);
      expect(String(connection)).toBe("<Connection [lost]>");
      const error = yield* errorOf(connection.query("select 1"));
      expect(String(error)).toBe(
        "TimeoutError: the server has not answered within 0.1 seconds, and the connection was closed",
      );
      yield* connection.release();
      relay.forwards = () => true;
      expect(yield* pool.fetchval("select pg_backend_pid()")).not.toBe(pid);
      yield* pool.close();
      yield* noSessions(there.observer);
    }));

  test("to a query that was begun, and takes the request of cancellation: the connection is destroyed", () =>
    withRelay(function* (relay, options) {
      const pool = createPool({ ...options, cancelTimeout: 0.1 });
      const connection = yield* pool.acquire();
      relay.forwards = (number) => number !== 0;
      yield* errorOf(asyncWith(timeout(0.01), () => connection.query("select pg_sleep(60)")));
      expect(relay.connections).toBe(2);
      expect(String(connection)).toBe("<Connection [lost]>");
      yield* connection.release();
      yield* pool.close();
      yield* noSessions(there.observer);
    }));

  test("to a new connection: TimeoutError after connectTimeout, and the place is free again", () =>
    withRelay(function* (relay, options) {
      const pool = createPool({ ...options, maxSize: 1, connectTimeout: 2 });
      relay.forwards = () => false;
      const errors = yield* gather(errorOf(pool.query("select 1")), errorOf(pool.query("select 1")));
      for (const error of errors) {
        expect(error).toBeInstanceOf(TimeoutError);
        expect(String(error)).toBe("TimeoutError: there was no connection to the server within 2 seconds");
      }
      relay.forwards = () => true;
      expect(yield* pool.fetchval("select 1")).toBe(1);
      yield* pool.close();
    }));

  test("to a new connection: terminate() does not wait for it", () =>
    withRelay(function* (relay, options) {
      const pool = createPool({ ...options, maxSize: 1 });
      relay.forwards = () => false;
      const tasks = [createTask(errorOf(pool.query("select 1"))), createTask(errorOf(pool.acquire()))];
      yield* eventually(() => relay.connections === 1);
      pool.terminate();
      expect(String(yield* tasks[1] as Task<unknown>)).toBe("RuntimeError: the pool was terminated");
      expect(yield* tasks[0] as Task<unknown>).toBeInstanceOf(Error);
    }));

  test("to ROLLBACK: the block's own error is thrown, and the connection is not used again", () =>
    withRelay(function* (relay, options) {
      const pool = createPool({ ...options, cancelTimeout: 0.1 });
      const error = yield* errorOf(
        asyncWith(pool.acquire(), (connection) =>
          asyncWith(connection.transaction(), function* () {
            yield* connection.query("select 1");
            relay.forwards = () => false;
            throw new Error("of the block");
          }),
        ),
      );
      expect(String(error)).toBe("Error: of the block");
      relay.forwards = () => true;
      expect(yield* pool.fetchval("select 1")).toBe(1);
      yield* pool.close();
    }));
});

describe("a pool that ends", () => {
  test("by close(): a holder of a connection has `grace` seconds, a waiter too, a newcomer gets an error", () =>
    quiet(function* () {
      const pool = createPool({ ...there.server.options, maxSize: 1 });
      const first = createTask(pool.fetchval("select 1 from pg_sleep(0.2)"));
      const second = createTask(pool.fetchval("select 2"));
      yield* eventually(() => pool.getSize() === 1);
      const closing = createTask(pool.close());
      yield* sleep(0);
      expect(String(yield* errorOf(pool.acquire()))).toBe("RuntimeError: the pool is closed");
      yield* closing;
      expect([first.result(), second.result()]).toEqual([1, 2]);
      yield* noSessions(there.observer);
    }));

  test("by close() whose grace is over: what runs is cancelled on the server", () =>
    quiet(function* () {
      const pool = createPool({ ...there.server.options, maxSize: 1 });
      const running = createTask(pool.query("select pg_sleep(60)"));
      const waiting = createTask(pool.query("select 1"));
      yield* eventually(() => pool.getSize() === 1);
      yield* sleep(0.05);
      yield* pool.close({ grace: 0.02 });
      expect(String(yield* errorOf(running))).toBe("RuntimeError: the pool was terminated");
      expect(String(yield* errorOf(waiting))).toBe("RuntimeError: the pool was terminated");
      yield* noSessions(there.observer);
    }));
});

test("a restart under load: each query has its answer or a clear error, and the pool recovers", async () => {
  const server = await Postgres.start();
  try {
    await quiet(function* () {
      const pool = createPool({ ...server.options, maxSize: 8 });
      let ended = false;
      const answers: number[] = [];
      const errors = new Set<string>();
      function* client(): Coroutine<void> {
        while (!ended) {
          try {
            answers.push((yield* pool.fetchval<number>("select 1 from pg_sleep(0.002)")) as number);
          } catch (error) {
            const { code, message } = error as Error & { code?: string };
            errors.add(code ?? message);
            yield* sleep(0.005);
          }
        }
      }
      const clients = Array.from({ length: 24 }, () => createTask(client()));
      for (const how of ["SIGINT", "SIGQUIT"] as const) {
        yield* eventually(() => answers.length > 100);
        yield* fromPromise(server.halt(how));
        yield* sleep(0.05);
        yield* fromPromise(server.run());
        answers.length = 0;
      }
      yield* eventually(() => answers.length > 100);
      ended = true;
      yield* wait(clients);
      for (const one of clients) one.result();
      // Of the server that ends and that begins, of the network between.
      const clear =
        /^(?:57P0[123]|ECONNREFUSED|ECONNRESET|EPIPE|Connection terminated unexpectedly|the connection to the server is closed)$/;
      expect([...errors].filter((error) => !clear.test(error))).toEqual([]);
      expect(errors.size).toBeGreaterThan(0);
      expect(yield* gather(...Array.from({ length: 8 }, () => pool.fetchval("select 1 from pg_sleep(0.01)")))).toEqual(
        new Array(8).fill(1),
      );
      yield* pool.close();
    });
  } finally {
    await server.stop();
  }
});

describe("TLS", () => {
  let certificates: Certificates;
  let server: Postgres;
  let observer: Observer;
  beforeAll(async () => {
    certificates = makeCertificates();
    server = await Postgres.start(certificates.good);
    observer = await new Observer(server).connect();
  });
  afterAll(async () => {
    await observer?.end();
    await server?.stop();
    certificates?.remove();
  });

  const attempt = (ssl: PoolOptions["ssl"]) =>
    quiet(function* () {
      const pool = createPool({ ...server.options, host: "localhost", ...(ssl === undefined ? {} : { ssl }) });
      try {
        return yield* pool.fetchval("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      } finally {
        yield* pool.close();
      }
    });

  test("verifies the server's certificate unless it is told not to", async () => {
    expect(await attempt(undefined)).toBe(false);
    expect(await attempt(true)).toMatch(/SELF_SIGNED|UNABLE_TO/);
    expect(await attempt({ ca: certificates.ca.cert })).toBe(true);
    expect(await attempt({ rejectUnauthorized: false })).toBe(true);
    expect(await attempt(Object.create({ rejectUnauthorized: false }))).toMatch(/SELF_SIGNED|UNABLE_TO/);
  });

  test("is what a request of cancellation goes over, too", () =>
    quiet(function* () {
      const pool = createPool({ ...server.options, host: "localhost", ssl: { ca: certificates.ca.cert }, maxSize: 1 });
      const pid = yield* pool.fetchval("select pg_backend_pid()");
      for (let i = 0; i < 5; i++) {
        yield* errorOf(asyncWith(timeout(0.02), () => pool.query("select pg_sleep(60)")));
        expect(yield* pool.fetchval("select pg_backend_pid()")).toBe(pid);
      }
      yield* pool.close();
      yield* noSessions(observer);
    }));
});

test("no error has the password in it, however the connection fails", () =>
  quiet(function* () {
    const wrong = `wrong-${PASSWORD}`;
    const { server } = there;
    const attempts: PoolOptions[] = [
      { ...server.options, password: wrong },
      { connectionString: server.connectionString.replace(PASSWORD, wrong) },
      { connectionString: `postgres://tester:${wrong}@127.0.0.1:1/postgres` },
      { connectionString: `postgres://tester:${wrong}@no-such-host.invalid/postgres` },
      { connectionString: `postgres://tester:${wrong}@127.0.0.1:${server.port}/nothing` },
    ];
    for (const options of attempts) {
      const pool = createPool(options);
      const error = (yield* errorOf(pool.query("select 1"))) as Error;
      const { inspect } = yield* fromPromise(import("node:util"));
      for (const text of [inspect(error, { depth: 9, showHidden: true }), String(error.stack), inspect(pool)]) {
        expect(text).not.toContain(PASSWORD);
      }
      yield* pool.close();
    }
  }));
