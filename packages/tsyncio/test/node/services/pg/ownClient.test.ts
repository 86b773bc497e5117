/** What the guide does with pg's own client, LISTEN and COPY: cancelled, and when the server ends. */

import { pipeline, Readable } from "node:stream";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { asyncFor, type Coroutine, createTask, events, fromCallback, fromPromise, isCancelled, sleep } from "tsyncio";
import { expect, test } from "vitest";
import { errorOf } from "../../../support.ts";
import { Postgres } from "./postgres.ts";
import { eventually, noSessions, postgres, quiet } from "./support.ts";

const there = postgres();

function* connected<T>(body: (client: pg.Client) => Coroutine<T>, connectionString: string): Coroutine<T> {
  const client = new pg.Client({ connectionString });
  try {
    yield* fromPromise(client.connect());
    return yield* body(client);
  } finally {
    yield* fromPromise(client.end());
  }
}

test("a COPY that is cancelled leaves no row, and no session", () =>
  quiet(function* () {
    const { connectionString } = there.server;
    yield* connected((client) => fromPromise(client.query("create table copied (id int)")), connectionString);
    let sent = 0;
    let closed = false;
    async function* lines(): AsyncGenerator<string> {
      try {
        for (;;) {
          yield `${sent++}\n`.repeat(1000);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        closed = true;
      }
    }
    const copying = createTask(
      connected((client) => {
        const copy = client.query(copyFrom("copy copied from stdin"));
        return fromCallback((resolve, reject, signal) => {
          pipeline(Readable.from(lines()), copy, (error) => (error && !signal.aborted ? reject(error) : resolve()));
          return () => copy.destroy();
        });
      }, connectionString),
    );
    yield* eventually(() => sent > 20);
    copying.cancel();
    expect(isCancelled(yield* errorOf(copying))).toBe(true);
    yield* eventually(() => closed);
    yield* noSessions(there.observer);
    const [row] = yield* fromPromise(there.observer.query("select count(*)::int as count from copied"));
    expect(row).toEqual({ count: 0 });
  }));

test("notifications come in order to the loop that listens, which is cancelled", () =>
  quiet(function* () {
    const heard: unknown[] = [];
    const listening = createTask(
      connected(function* (client) {
        const notes = events<[pg.Notification]>(client, "notification", { end: "end" });
        yield* fromPromise(client.query("listen orders"));
        heard.push("listens");
        yield* asyncFor(notes, function* ([{ payload }]) {
          heard.push(payload);
        });
      }, there.server.connectionString),
    );
    yield* eventually(() => heard.length === 1);
    for (let i = 0; i < 20; i++) yield* fromPromise(there.observer.query(`notify orders, '${i}'`));
    yield* eventually(() => heard.length === 21);
    expect(heard.slice(1)).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
    listening.cancel();
    expect(isCancelled(yield* errorOf(listening))).toBe(true);
    yield* noSessions(there.observer);
  }));

test("the end of the server is an error of the loop that listens, and of no other task", async () => {
  const server = await Postgres.start();
  try {
    await quiet(function* () {
      let listens = false;
      const listening = createTask(
        connected(function* (client) {
          const notes = events<[pg.Notification]>(client, "notification", { end: "end" });
          yield* fromPromise(client.query("listen orders"));
          listens = true;
          yield* asyncFor(notes, function* () {});
        }, server.connectionString),
      );
      yield* eventually(() => listens);
      yield* fromPromise(server.halt("SIGINT"));
      const error = (yield* errorOf(listening)) as Error & { code?: string };
      expect(error.code ?? error.message).toMatch(/57P01|terminated unexpectedly|ECONNRESET/);
      yield* sleep(0);
    });
  } finally {
    await server.stop();
  }
});
