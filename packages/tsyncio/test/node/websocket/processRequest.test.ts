/** `processRequest`: which requests are let in, and what becomes of the waiting ones for it. */

import { asyncFor, type Coroutine, createTask, type ExceptionContext, isCancelled, sleep } from "tsyncio";
import { type AcceptOptions, type Connection, connect, type InvalidStatus } from "tsyncio/websocket";
import { expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { real, until } from "../net/support.ts";
import { closeFrame, frame, OPCODES, RawClient, serving, statusOf, textsOf } from "./support.ts";

function* echo(connection: Connection): Coroutine<void> {
  yield* asyncFor(connection, (message) => connection.send(message));
}

const refused = () => new Response("no", { status: 401, headers: { "www-authenticate": "Bearer" } });

test.each<[string, AcceptOptions["processRequest"]]>([
  ["a plain function", (request) => (request.headers.authorization === "Bearer good" ? null : refused())],
  ["a native async function", async (request) => (request.headers.authorization === "Bearer good" ? null : refused())],
  [
    "a coroutine function",
    function* (request) {
      yield* sleep(0.001);
      return request.headers.authorization === "Bearer good" ? undefined : refused();
    },
  ],
])("processRequest decides: %s", (_name, processRequest) =>
  real(() =>
    serving(
      echo,
      function* ({ url, port }) {
        const client = yield* connect(url, { headers: { authorization: "Bearer good" } });
        yield* client.send("in");
        expect(yield* client.recv()).toBe("in");
        yield* client.close();
        const error = (yield* errorOf(connect(url))) as InvalidStatus;
        expect([error.name, error.status]).toEqual(["InvalidStatus", 401]);
        const raw = new RawClient(port);
        const head = yield* raw.open();
        expect(head).toMatch(/^HTTP\/1.1 401 Unauthorized\r\n/);
        expect(head).toContain("www-authenticate: Bearer");
        yield* raw.end();
        expect(raw.received.toString()).toBe("no\n");
      },
      { processRequest: processRequest ?? null },
    ),
  ),
);

test("a response that refuses may have several cookies, and a length that is its own", () =>
  real(() =>
    serving(
      echo,
      function* ({ port }) {
        const raw = new RawClient(port);
        const head = yield* raw.open();
        expect(head.match(/^set-cookie: .*$/gim)).toEqual(["set-cookie: a=1", "set-cookie: b=2; Path=/"]);
        expect(head).toContain("content-type: application/json");
        expect(head).toContain("content-length: 3");
        expect(head).not.toContain("chunked");
        yield* raw.end();
      },
      {
        processRequest: () =>
          new Response("{}", {
            status: 403,
            headers: [
              ["set-cookie", "a=1"],
              ["set-cookie", "b=2; Path=/"],
              ["content-type", "application/json"],
              ["content-length", "99"],
              ["transfer-encoding", "chunked"],
            ],
          }),
      },
    ),
  ));

test("processRequest that fails is a 500 and a report; one that takes too long a 503", async () => {
  const reports: ExceptionContext[] = [];
  await real(
    () =>
      serving(
        echo,
        function* ({ port }) {
          expect(yield* statusOf(port, {}, "/fails?token=secret")).toBe(500);
          expect(yield* statusOf(port, {}, "/waits")).toBe(503);
        },
        {
          openTimeout: 0.05,
          *processRequest({ url }) {
            if (url === "/waits") yield* sleep(60);
            throw new Error("of the program");
          },
        },
      ),
    reports,
  );
  expect(textsOf(reports)).toEqual(["processRequest of a WebSocket server has failed: Error: of the program"]);
  expect(reports[0]?.path).toBe("/fails");
});

test.each(["end", "destroy", "resetAndDestroy"] as const)(
  "processRequest is cancelled when the client leaves by %s, and nothing is left or reported",
  (leave) => {
    const log: unknown[] = [];
    return real(() =>
      serving(
        echo,
        function* ({ port, sockets }) {
          const client = new RawClient(port);
          const opening = createTask(client.open());
          yield* until(() => log.length === 1);
          client.socket[leave]();
          yield* until(() => log.length === 2);
          expect(log).toEqual(["began", "the client has disconnected"]);
          yield* opening;
          yield* sockets.waitClosed();
          client.socket.destroy();
        },
        {
          *processRequest() {
            log.push("began");
            try {
              yield* sleep(60);
            } catch (error) {
              log.push(isCancelled(error) && error.message);
              throw error;
            }
            return null;
          },
        },
      ),
    );
  },
);

test("processRequest that waits lets a client in that has sent its first message too early", () =>
  real(() =>
    serving(
      echo,
      function* ({ port }) {
        const client = new RawClient(port);
        const opening = createTask(client.open());
        yield* sleep(0.005);
        client.send(frame(OPCODES.text, "early"));
        expect(yield* opening).toMatch(/^HTTP\/1.1 101/);
        yield* until(() => client.received.includes("early"));
        client.send(closeFrame(1000));
        expect(yield* client.end()).toBe(1000);
      },
      {
        *processRequest() {
          yield* sleep(0.05);
          return null;
        },
      },
    ),
  ));

test("processRequest is cancelled by the shutdown of the server, and the client told 503", () => {
  let asked = false;
  return real(() =>
    serving(
      echo,
      function* ({ port, sockets }) {
        const client = new RawClient(port);
        const opening = createTask(client.open());
        yield* until(() => asked);
        yield* sockets.shutdown({ grace: 0.01 });
        expect(yield* opening).toMatch(/^HTTP\/1.1 503/);
        yield* client.end();
      },
      {
        *processRequest() {
          asked = true;
          yield* sleep(60);
          return null;
        },
      },
    ),
  );
});
