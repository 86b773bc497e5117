/** The source of an upload is closed with its request, whichever end comes first. */

import {
  asyncGenerator,
  asyncWith,
  type Coroutine,
  createTask,
  gather,
  isCancelled,
  RuntimeError,
  sleep,
} from "tsyncio";
import { ClientError, ClientSession, type RequestData } from "tsyncio/http-client";
import { describe, expect, test } from "vitest";
import { routes, serving, until } from "../../io/httpServers.ts";
import { errorOf } from "../../support.ts";
import { clean } from "../subprocess/support.ts";

/** Sources without an end; what becomes of them is in the log. */
const sources: [name: string, make: (log: string[]) => RequestData][] = [
  [
    "an async generator",
    (log) =>
      asyncGenerator(function* () {
        log.push("begun");
        try {
          for (;;) {
            yield new Uint8Array(10);
            yield* sleep(0.001);
          }
        } finally {
          yield* sleep(0.005);
          log.push("closed");
        }
      })(),
  ],
  [
    "an async generator that waits",
    (log) =>
      asyncGenerator(function* () {
        log.push("begun");
        try {
          yield new Uint8Array(10);
          yield* sleep(1000);
        } finally {
          yield* sleep(0.005);
          log.push("closed");
        }
      })(),
  ],
  [
    "a ReadableStream",
    (log) =>
      new ReadableStream({
        start: () => void log.push("begun"),
        pull: (controller) => controller.enqueue(new Uint8Array(10)),
        async cancel() {
          await new Promise((resolve) => setTimeout(resolve, 5));
          log.push("closed");
        },
      }),
  ],
];

const never = (): void => {};
const site = routes({
  silent: never,
  early: (_request, response) => response.writeHead(413).end("too large"),
  begun: (_request, response) => response.writeHead(200).write("the beginning"),
  all: (request, response) => void request.resume().on("end", () => response.end("thanks")),
});

describe.each(sources)("%s", (_name, make) => {
  const inSession = (body: (session: ClientSession, log: string[]) => Coroutine<void>, options = {}) =>
    clean(() =>
      serving(site, ({ url }) =>
        asyncWith(new ClientSession({ base: url, ...options }), function* (session) {
          const log: string[] = [];
          yield* body(session, log);
          yield* until(() => log.includes("closed"));
          expect(log).toEqual(["begun", "closed"]);
        }),
      ),
    );

  test("is closed when the request is cancelled, before the cancellation goes on", () =>
    inSession(function* (session, log) {
      const posted = createTask(errorOf(session.post("silent", { data: make(log) })));
      yield* until(() => log.length > 0);
      yield* sleep(0.02);
      posted.cancel();
      expect(isCancelled(yield* posted)).toBe(true);
      expect(log).toEqual(["begun", "closed"]);
    }));

  test("is closed when the server has answered before it has read all", () =>
    inSession(function* (session, log) {
      const response = yield* session.post("early", { data: make(log) });
      expect([response.status, yield* response.text()]).toEqual([413, "too large"]);
    }));

  test("is closed with a response that is dropped", () =>
    inSession(function* (session, log) {
      (yield* session.post("begun", { data: make(log) })).close();
    }));

  test("is closed at the end of the session", () =>
    inSession(function* (session, log) {
      const posted = createTask(errorOf(session.post("silent", { data: make(log) })));
      yield* until(() => log.length > 0);
      yield* sleep(0.02);
      session.close();
      expect(yield* posted).toBeInstanceOf(ClientError);
    }));
});

test("a ReadableStream of a request that was never sent is cancelled", () =>
  clean(() =>
    serving(site, ({ url }) =>
      asyncWith(new ClientSession({ base: url, limit: 1 }), function* (session) {
        const log: string[] = [];
        const stream = () => new ReadableStream({ cancel: () => void log.push("closed") });
        yield* session.get("begun"); // has the only place
        const waiting = createTask(errorOf(session.post("all", { data: stream() })));
        yield* sleep(0.01);
        waiting.cancel();
        expect(isCancelled(yield* waiting)).toBe(true);
        expect(log).toEqual(["closed"]);
        session.close();
        expect(yield* errorOf(session.post("all", { data: stream() }))).toBeInstanceOf(RuntimeError);
        expect(log).toEqual(["closed", "closed"]);
      }),
    ),
  ));

test.each([undefined, null, 0, "", new Error("of the source")])(
  "a source that fails with %s fails its request",
  (value) =>
    clean(() =>
      serving(site, ({ url }) =>
        asyncWith(new ClientSession({ base: url, timeout: 20 }), function* (session) {
          const generator = asyncGenerator(function* () {
            yield new Uint8Array(10);
            yield* sleep(0.001);
            throw value;
          });
          const stream = new ReadableStream({ start: (controller) => controller.error(value) });
          for (const data of [generator(), stream]) {
            const error = yield* errorOf(session.post("all", { data }));
            expect(error).toBeInstanceOf(Error);
            expect(error).not.toMatchObject({ name: "ServerTimeoutError" });
          }
        }),
      ),
    ),
);

test("a source that ends arrives whole, several at a time", () =>
  clean(() =>
    serving(site, ({ url }) =>
      asyncWith(new ClientSession({ base: url }), function* (session) {
        const pieces = asyncGenerator(function* () {
          for (let i = 0; i < 3; i++) {
            yield new Uint8Array(50_000);
            yield* sleep(0.001);
          }
        });
        const post = function* (data: RequestData) {
          return yield* (yield* session.post("all", { data })).text();
        };
        const { body } = new Response("x".repeat(200_000));
        expect(yield* gather(post(pieces()), post(pieces()), post(body as ReadableStream))).toEqual([
          "thanks",
          "thanks",
          "thanks",
        ]);
      }),
    ),
  ));
