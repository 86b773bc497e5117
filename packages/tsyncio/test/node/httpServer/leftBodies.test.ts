/** Handlers that leave the body of their request before its end: for Node the request has no socket from then on. */

import { asyncFor, type Coroutine, type ExceptionContext, fromPromise, fromReadableStream, sleep } from "tsyncio";
import { expect, test } from "vitest";
import { ask, rawClient, served, until } from "./support.ts";

type Leave = (body: ReadableStream<Uint8Array>) => Coroutine<unknown>;

const ways: Record<string, Leave> = {
  "for await, left by break": (body) =>
    fromPromise(
      (async () => {
        for await (const _piece of body) break;
      })(),
    ),
  "asyncFor, left by an error": function* (body) {
    try {
      yield* asyncFor(fromReadableStream(body), function* () {
        throw new Error("enough");
      });
    } catch {}
  },
  "cancel() of a reader": function* (body) {
    const reader = body.getReader();
    yield* fromPromise(reader.read());
    yield* fromPromise(reader.cancel());
  },
  "cancel() before anything is read": (body) => fromPromise(body.cancel()),
};

/** The rest never comes. */
const clients = {
  "a length": "content-length: 100\r\n\r\npiece",
  chunks: "transfer-encoding: chunked\r\n\r\n5\r\npiece\r\n",
};

test.each(Object.entries(clients))(
  "a body with %s: the client gets the answer, the server goes on",
  async (_kind, text) => {
    const reports: ExceptionContext[] = [];
    await served(
      function* ({ body, headers }) {
        const leave = ways[headers.get("way") ?? ""];
        if (leave !== undefined) yield* leave(body as ReadableStream<Uint8Array>);
        return new Response("left");
      },
      function* (server) {
        const left = Object.keys(ways).map((way) =>
          rawClient(server.port, `POST / HTTP/1.1\r\nhost: x\r\nway: ${way}\r\n${text}`),
        );
        yield* until(() => left.every((client) => client.heard().includes("left")));
        expect((yield* ask(server, "/")).text).toBe("left");
        for (const { closed } of left) yield* fromPromise(closed); // after the time that a client has for the rest
      },
      { reports },
    );
    expect(reports).toEqual([]);
  },
);

test("a chunked body above maxBodySize that is read piece by piece is refused with 413, and the server goes on", async () => {
  const reports: ExceptionContext[] = [];
  await served(
    function* ({ body }) {
      let size = 0;
      if (body !== null) {
        yield* asyncFor(fromReadableStream(body), function* (piece) {
          size += piece.byteLength;
        });
      }
      return new Response(String(size));
    },
    function* (server) {
      const chunked = { method: "PUT", body: "x".repeat(1001), headers: { "transfer-encoding": "chunked" } };
      expect((yield* ask(server, "/", chunked)).status).toBe(413);
      expect((yield* ask(server, "/", { method: "PUT", body: "x".repeat(1000) })).text).toBe("1000");
    },
    { reports, maxBodySize: 1000 },
  );
  expect(reports).toEqual([]);
});

test("a request whose body was left is answered when shutdown() cancels it", () =>
  served(
    function* ({ body }) {
      yield* fromPromise(body?.cancel() ?? Promise.resolve());
      yield* sleep(60);
      return new Response();
    },
    function* (server) {
      const client = rawClient(server.port, `POST / HTTP/1.1\r\nhost: x\r\n${clients.chunks}`);
      yield* until(() => String(server).includes("requests=1"));
      yield* sleep(0.01);
      yield* server.shutdown({ grace: 0 });
      yield* until(() => client.heard().startsWith("HTTP/1.1 503 "));
    },
  ));
