/**
 * Every await of tsyncio/http-server, cancelled at each stage and timed out; handlers are, by what their clients do.
 */

import { type Coroutine, createTask, fromPromise, isCancelled, sleep } from "tsyncio";
import * as entry from "tsyncio/http-server";
import { type HttpServer, serve } from "tsyncio/http-server";
import { describe, expect, test } from "vitest";
import { type Awaits, cancelledAtEveryStage, timesOut } from "../awaits/every.ts";
import { real } from "../net/support.ts";
import { rawClient, served, until } from "./support.ts";

const REQUEST = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
const waiting = (seconds: number) =>
  function* (): Coroutine<Response> {
    yield* sleep(seconds);
    return new Response("ok");
  };

/** A server with one request under way; `seconds` until it is answered. */
function* busy(seconds: number): Coroutine<HttpServer> {
  const server = yield* serve(waiting(seconds), { port: 0, grace: 0 });
  const { socket } = rawClient(server.port, REQUEST);
  socket.unref();
  yield* until(() => /requests=1/.test(String(server)));
  return server;
}

const awaits: Awaits = {
  *serve(every) {
    yield* every("ends", function* () {
      return {
        wait: serve(waiting(0), { port: 0 }),
        after: (server) => (server as HttpServer | undefined)?.shutdown(),
      };
    });
  },
  *"HttpServer.shutdown that waits for a request"(every) {
    yield* every("ends late", function* () {
      const server = yield* busy(0.01);
      return { wait: server.shutdown({ grace: 10 }), after: () => server.shutdown({ grace: 0 }) };
    });
  },
  *"HttpServer.shutdown that cancels a request"(every) {
    yield* every("ends late", function* () {
      const server = yield* busy(1000);
      return { wait: server.shutdown({ grace: 0.005 }), after: () => server.shutdown({ grace: 0 }) };
    });
  },
  *"HttpServer.waitClosed"(every) {
    yield* every("ends late", function* () {
      const server = yield* busy(0.01);
      server.close();
      return { wait: server.waitClosed(), after: () => server.shutdown() };
    });
  },
  *"HttpServer.serveForever"(every) {
    yield* every("endless", function* () {
      const server = yield* serve(waiting(0), { port: 0 });
      return { wait: server.serveForever(), after: () => server.shutdown() };
    });
  },
};

describe("cancelled at every stage, leaves nothing behind:", () => {
  test.each(Object.entries(awaits))("%s", (_name, entry) => real(() => entry(cancelledAtEveryStage)));
});

describe("obeys timeout(), and leaves nothing behind:", () => {
  test.each(Object.entries(awaits))("%s", (_name, entry) => real(() => entry(timesOut)));
});

test("no await is forgotten here", () => {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(entry.HttpServer.prototype));
  const isGenerator = (value: unknown): boolean =>
    Object.prototype.toString.call(value) === "[object GeneratorFunction]";
  const found = methods
    .filter(([name, { value }]) => isGenerator(value) && !/^a(?:enter|exit)$/.test(name))
    .map(([name]) => name);
  const named = Object.keys(awaits).map((name) => name.split(" ")[0]);
  expect(found.filter((name) => !named.includes(`HttpServer.${name}`))).toEqual([]);
  expect(found.length).toBe(3);
});

/** Each await of a handler, with what it waits for; its client leaves later and later. */
const handlers: Record<string, (request: Request) => Coroutine<unknown>> = {
  *"sleep()"() {
    yield* sleep(0.003);
  },
  *"a promise"() {
    yield* fromPromise(new Promise((resolve) => setTimeout(resolve, 2)));
  },
  *"a task"() {
    yield* createTask(sleep(0.002));
  },
  *"the body"(request) {
    yield* fromPromise(request.text());
  },
};

test.each(Object.entries(handlers))(
  "a handler that waits for %s ends, whenever its client leaves",
  async (_name, wait) => {
    const seen = { begun: 0, ended: 0, cancelled: 0 };
    await served(
      function* (request) {
        seen.begun++;
        try {
          yield* wait(request);
          return new Response("ok");
        } catch (error) {
          if (isCancelled(error)) seen.cancelled++;
          throw error;
        } finally {
          seen.ended++;
        }
      },
      function* (server) {
        for (let stage = 0; stage < 60; stage++) {
          const { socket } = rawClient(server.port, `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nbegin`);
          for (let i = 0; i < stage % 30; i++) yield* sleep(i % 3 === 2 ? 0.0005 : 0);
          if (stage >= 30) socket.write("-end-");
          socket.destroy();
        }
        yield* until(() => seen.ended === seen.begun && /requests=0/.test(String(server)));
      },
      { cancelOnDisconnect: true },
    );
  },
);
