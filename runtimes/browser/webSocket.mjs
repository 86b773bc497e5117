// tsyncio/websocket as a page has it, over the WebSocket of the browser.
import { asyncWith, createTask, isCancelled, run, sleep, wait } from "tsyncio";
import { connect } from "tsyncio/websocket";
import { describe, expect, it } from "vitest";

const url = (path = "echo") => `${location.origin.replace("http", "ws")}/${path}`;

function* errorOf(coro) {
  try {
    yield* coro;
  } catch (error) {
    if (isCancelled(error)) throw error;
    return error;
  }
  throw new Error("an error was expected");
}

describe("WebSockets of a page", () => {
  it("send and receive text and bytes", async () => {
    const got = await run(
      asyncWith(connect(url()), function* (connection) {
        const answers = [];
        for (const message of ["é", Uint8Array.of(1, 2), "x".repeat(300_000)]) {
          yield* connection.send(message);
          answers.push(yield* connection.recv());
        }
        return answers;
      }),
    );
    expect(got).toEqual(["é", Uint8Array.of(1, 2), "x".repeat(300_000)]);
  });

  it("tell what the server has closed with", async () => {
    function* main() {
      const connection = yield* connect(url());
      yield* connection.send("close 4001");
      const error = yield* errorOf(connection.recv());
      return [String(error), connection.closeCode, connection.closeReason];
    }
    const text = "ConnectionClosedError: received 4001 (private use) why; then sent 4001 (private use) why";
    expect(await run(main())).toEqual([text, 4001, "why"]);
  });

  it("are closed when more has come than is kept", async () => {
    function* main() {
      const connection = yield* connect(url());
      yield* connection.send("flood");
      yield* connection.waitClosed();
      return [yield* connection.recv(), connection.closeCode === null];
    }
    expect(await run(main())).toEqual(["0", false]);
  });

  it("fail with InvalidHandshake, or are given up when cancelled", async () => {
    function* main() {
      const error = yield* errorOf(connect(url("nothing")));
      const task = createTask(connect(url()));
      yield* sleep(0);
      task.cancel();
      yield* wait([task]);
      return [error.name, task.cancelled()];
    }
    expect(await run(main())).toEqual(["InvalidHandshake", true]);
  });

  it("have no pings, and pages no headers", async () => {
    function* main() {
      const connection = yield* connect(url());
      const error = yield* errorOf(connection.ping());
      yield* connection.close();
      return [error.name, (yield* errorOf(connect(url(), { headers: {} }))).name];
    }
    expect(await run(main())).toEqual(["RuntimeError", "TypeError"]);
  });
});
