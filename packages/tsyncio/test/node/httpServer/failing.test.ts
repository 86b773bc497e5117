/** Handlers that end the program, and bodies that fail in the middle. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
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
});
