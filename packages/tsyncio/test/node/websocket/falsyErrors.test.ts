/** What is thrown and is no error ends a connection as an error does. */

import { asyncWith, type Coroutine, type ExceptionContext, sleep } from "tsyncio";
import { type Connection, connect } from "tsyncio/websocket";
import { expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { real, until } from "../net/support.ts";
import { serving, statusOf, textsOf } from "./support.ts";

test.each([undefined, null, 0, ""])("%s, of a handler, of processRequest, of a client's block", async (value) => {
  const reports: ExceptionContext[] = [];
  const codes: unknown[] = [];
  function* handler(connection: Connection): Coroutine<void> {
    if ((yield* connection.recv()) === "fail") throw value;
    yield* connection.waitClosed();
    codes.push(connection.closeCode);
  }
  function* processRequest({ url }: { url?: string | undefined }): Coroutine<null> {
    yield* sleep(0);
    if (url === "/fails") throw value;
    return null;
  }
  await real(
    () =>
      serving(
        handler,
        function* ({ url, port }) {
          const client = yield* connect(url);
          yield* client.send("fail");
          yield* client.waitClosed();
          expect(client.closeCode).toBe(1011);
          expect(yield* statusOf(port, {}, "/fails")).toBe(500);
          const block = asyncWith(connect(url), function* (connection) {
            yield* connection.send("stay");
            throw value;
          });
          expect(yield* errorOf(block)).toBe(value);
          yield* until(() => codes.length === 1);
          expect(codes).toEqual([1011]);
        },
        { processRequest },
      ),
    reports,
  );
  const text = `TypeError: ${value === "" ? '""' : value} was thrown`;
  expect(textsOf(reports)).toEqual([
    `Unhandled exception in the handler of a WebSocket connection: ${text}`,
    `processRequest of a WebSocket server has failed: ${text}`,
  ]);
});
