/** Handlers that end the program, and bodies that fail in the middle. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { FastResponse } from "srvx";
import {
  asyncGenerator,
  asyncWith,
  type Coroutine,
  type ExceptionContext,
  fromPromise,
  KeyboardInterrupt,
  newEventLoop,
  run,
  SystemExit,
  sleep,
  toReadableStream,
} from "tsyncio";
import { serve, toHandler } from "tsyncio/http-server";
import { describe, expect, test } from "vitest";
import { type Answer, answer, rawClient, served } from "./support.ts";

describe("a handler that raises SystemExit or KeyboardInterrupt", () => {
  const exits = [
    ["in its first step", SystemExit, 0],
    ["in its first step", KeyboardInterrupt, 0],
    ["later", SystemExit, 1],
    ["later", KeyboardInterrupt, 1],
  ] as const;

  /** What `run(main())` is rejected with, and what the loop has reported. */
  async function outcome(main: () => Coroutine<void>): Promise<[unknown, string[]]> {
    const reports: ExceptionContext[] = [];
    const loopFactory = () => {
      const loop = newEventLoop();
      loop.setExceptionHandler((_loop, context) => reports.push(context));
      return loop;
    };
    const error = await run(main(), { loopFactory }).then(
      () => null,
      (error: unknown) => error,
    );
    return [error, reports.map(({ message, exception }) => `${message}: ${(exception as Error).name}`)];
  }

  test.each(exits)("%s ends the run with it, and the client gets 500: serve, %s", async (_when, Exit, turns) => {
    let answered: Promise<Answer> | null = null;
    const exit = new Exit();
    const [error, reports] = await outcome(function* () {
      const server = yield* serve(
        function* () {
          for (let i = 0; i < turns; i++) yield* sleep(0);
          throw exit;
        },
        { port: 0 },
      );
      answered = answer(server.port, "/");
      yield* asyncWith(server, () => server.serveForever());
    });
    expect(error).toBe(exit);
    expect(await answered).toMatchObject({ status: 500, text: "Internal Server Error\n" });
    expect(reports).toEqual([`Exception in the handler of GET /: ${exit.name}`]);
  });

  test.each(exits)("%s ends the run with it, and the client gets 500: toHandler, %s", async (_when, Exit, turns) => {
    const exit = new Exit();
    const listener = toHandler(function* (_request: IncomingMessage, _response: ServerResponse): Coroutine<void> {
      for (let i = 0; i < turns; i++) yield* sleep(0);
      throw exit;
    });
    const server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    let answered: Promise<Answer> | null = null;
    const [error, reports] = await outcome(function* () {
      answered = answer((server.address() as AddressInfo).port, "/");
      yield* sleep(1000);
    });
    expect(error).toBe(exit);
    expect(await answered).toMatchObject({ status: 500 });
    expect(reports).toEqual([`Exception in the handler of GET /: ${exit.name}`]);
    server.close();
    server.closeAllConnections();
  });

  test("without a run is the end of its own request only", async () => {
    const server = await serve(
      function* (request) {
        if (request.url.endsWith("exit")) throw new SystemExit(3);
        yield* sleep(0);
        return new Response("still here");
      },
      { port: 0 },
    );
    const reports: unknown[] = [];
    server.getLoop().setExceptionHandler((_loop, { exception }) => reports.push(exception));
    try {
      expect((await answer(server.port, "/exit")).status).toBe(500);
      expect((await answer(server.port, "/")).text).toBe("still here");
      expect(reports).toMatchObject([{ code: 3 }]);
    } finally {
      server.getLoop().setExceptionHandler(null);
      await server[Symbol.asyncDispose]();
    }
  });
});

describe("a body that fails in the middle", () => {
  const boom = new Error("in the body");
  const part = new TextEncoder().encode("begin");
  const rows = asyncGenerator(function* (good: number) {
    for (let i = 0; i < good; i++) {
      yield part;
      yield* sleep(0.002);
    }
    throw boom;
  });
  async function* native(good: number): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < good; i++) {
      yield part;
      await delay(2);
    }
    throw boom;
  }
  const source = (good: number): ReadableStream => {
    let sent = 0;
    return new ReadableStream({
      async pull(controller) {
        await delay(2);
        if (sent++ < good) controller.enqueue(part);
        else controller.error(boom);
      },
    });
  };
  const bodies: [string, (good: number) => unknown][] = [
    ["an async generator", rows],
    ["an async generator of JavaScript", native],
    ["toReadableStream", (good) => toReadableStream(rows(good))],
    ["a ReadableStream", source],
  ];

  test.each(bodies)("%s: ends the connection before its end, and is reported", async (_name, make) => {
    const reports: ExceptionContext[] = [];
    await served(
      (request) => {
        const good = Number(new URL(request.url).searchParams.get("good"));
        return new Response(make(good) as ReadableStream);
      },
      function* (server) {
        for (const good of [0, 1, 3]) {
          const client = rawClient(server.port, `GET /rows?good=${good} HTTP/1.1\r\nhost: x\r\n\r\n`);
          yield* fromPromise(client.closed);
          const parts = client.heard().match(/begin/g)?.length ?? 0;
          // What has not left the stream when it fails is dropped.
          expect([parts <= good, parts > 0]).toEqual([true, good > 1 || parts > 0]);
          expect(client.heard()).not.toMatch(/in the body|0\r\n\r\n/);
        }
      },
      { reports },
    );
    expect(reports.map(({ message, exception }) => [message, exception])).toEqual(
      Array.from({ length: 3 }, () => ["Exception in the body of the response to GET /rows", boom]),
    );
  });

  // What is no error is for srvx no failure.
  const thrown = [undefined, null, 0, "", false, Number.NaN, "a text", 1];
  const source2 = (value: unknown): ReadableStream => {
    let sent = 0;
    return new ReadableStream({
      async pull(controller) {
        await delay(2);
        if (sent++ < 2) controller.enqueue(new Uint8Array(sent * 40_000));
        else controller.error(value);
      },
    });
  };
  const sources: [string, (value: unknown) => unknown][] = [
    ["a ReadableStream", source2],
    ["a ReadableStream that fails at once", (value) => new ReadableStream({ start: (one) => one.error(value) })],
    [
      "an async generator",
      asyncGenerator(function* (value: unknown) {
        yield part;
        yield* sleep(0.002);
        throw value;
      }),
    ],
    [
      "toReadableStream",
      (value) =>
        toReadableStream(
          asyncGenerator(function* (): Generator<never, void, never> {
            throw value;
          })(),
        ),
    ],
  ];
  describe.each(sources)("%s", (_name, make) => {
    test.each(thrown)("with %s: ends the connection, and is reported", async (value) => {
      for (const [Made, delayed] of [
        [Response, false],
        [Response, true],
        [FastResponse, false],
        [FastResponse, true],
      ] as const) {
        const reports: ExceptionContext[] = [];
        await served(
          function* () {
            if (delayed) yield* sleep(0.001);
            return new Made(make(value) as ReadableStream);
          },
          function* (server) {
            const client = rawClient(server.port, "GET /rows HTTP/1.1\r\nhost: x\r\n\r\n");
            yield* fromPromise(client.closed);
            expect(client.heard()).not.toContain("0\r\n\r\n");
            const other = yield* fromPromise(answer(server.port, "/rows").catch((error) => error));
            expect(other).toMatchObject({ code: "ECONNRESET" });
          },
          { reports },
        );
        expect(reports.map(({ message }) => message)).toEqual([
          "Exception in the body of the response to GET /rows",
          "Exception in the body of the response to GET /rows",
        ]);
      }
    });
  });

  test("a body whose last piece waits for a slow client is no failure", async () => {
    const size = 8_000_000;
    await served(
      () => {
        let sent = 0;
        const body = new ReadableStream({
          pull(controller) {
            if (sent++ < 8) controller.enqueue(new Uint8Array(size / 8));
            else controller.close();
          },
        });
        return new Response(body);
      },
      function* (server) {
        const client = connect(server.port, "127.0.0.1");
        let heard = 0;
        client.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        yield* sleep(0.05); // nothing is read
        client.on("data", (data: Buffer) => {
          heard += data.length;
        });
        yield* fromPromise(once(client, "close"));
        expect(heard).toBeGreaterThan(size);
      },
    );
  });
});

describe("a response that cannot be sent", () => {
  const page = new Response("the page");
  const locked = new Response("x");
  locked.body?.getReader();
  const responses: [string, () => Response, number | null, string][] = [
    ["one that was sent before", () => page, 500, "Exception in the handler of GET /x"],
    ["one whose body another reads", () => locked, null, "The response to GET /x could not be sent"],
    [
      "one with a header that node:http refuses",
      () => new Response("x", { headers: { "x-a": "a\u0001b" } }),
      500,
      "The response to GET /x could not be sent",
    ],
    ["Response.error()", () => Response.error(), 500, "The response to GET /x could not be sent"],
  ];

  test.each(responses)("%s is reported, whether it is there at once or later", async (_name, make, status, message) => {
    if (make() === page && !page.bodyUsed) await page.text();
    for (const turns of [0, 1]) {
      const reports: ExceptionContext[] = [];
      await served(
        function* () {
          for (let i = 0; i < turns; i++) yield* sleep(0);
          return make();
        },
        function* (server) {
          const answered = yield* fromPromise(answer(server.port, "/x?key=secret").catch(() => null));
          expect(answered?.status ?? null).toBe(status);
        },
        { reports },
      );
      expect(reports.map((report) => report.message)).toEqual([message]);
      expect(reports[0]?.exception).toBeInstanceOf(TypeError);
    }
  });
});

test.each([undefined, null, 0, ""])("a handler that throws %s is answered with 500, and reported", async (value) => {
  for (const turns of [0, 1]) {
    const reports: ExceptionContext[] = [];
    await served(
      function* (): Coroutine<Response> {
        for (let i = 0; i < turns; i++) yield* sleep(0);
        throw value;
      },
      function* (server) {
        expect((yield* fromPromise(answer(server.port, "/"))).status).toBe(500);
      },
      { reports },
    );
    expect(reports.map(({ message, exception }) => [message, exception])).toEqual([
      ["Exception in the handler of GET /", expect.any(TypeError)],
    ]);
  }
});
