/** What a connection does, in simulated time: over a pair, which needs no network. */

import {
  asyncFor,
  asyncWith,
  type Coroutine,
  createTask,
  gather,
  getRunningLoop,
  isCancelled,
  sleep,
  type Task,
  timeout,
  ValueError,
} from "tsyncio";
import {
  ConcurrencyError,
  type Connection,
  ConnectionClosed,
  ConnectionClosedError,
  ConnectionClosedOK,
  connectionPair,
  type Message,
} from "tsyncio/websocket";
import { describe, expect, it, test } from "vitest";
import { errorOf, simulate, thrownBy, turns } from "../support.ts";

/** Takes what comes until the end. */
function* all(connection: Connection): Coroutine<Message[]> {
  const messages: Message[] = [];
  yield* asyncFor(connection, function* (message) {
    messages.push(message);
  });
  return messages;
}

const LARGE = "x".repeat(40_000);
/** Sends until a send has to wait; returns how many did not, and the task of the one that waits. */
function* fill(connection: Connection, message: Message = LARGE): Coroutine<{ sent: number; waiting: Task<void> }> {
  for (let sent = 0; ; sent++) {
    const waiting = createTask(connection.send(message));
    yield* sleep(0.01);
    if (!waiting.done()) return { sent, waiting };
  }
}

/** More than the queue holds: nothing more is read until some are taken. */
function* congest(connection: Connection): Coroutine<void> {
  for (let i = 0; i < 16; i++) yield* connection.send(`${i}`);
  yield* sleep(0.01);
}

describe("messages", () => {
  test("come as strings and bytes, in order, empty ones too", () =>
    simulate(function* () {
      const [here, there] = connectionPair();
      for (const message of ["a", Uint8Array.of(0, 255), "", new Uint8Array(0), "é"]) yield* here.send(message);
      yield* here.send("z");
      for (const message of ["a", Uint8Array.of(0, 255), "", new Uint8Array(0), "é", "z"]) {
        expect(yield* there.recv()).toEqual(message);
      }
    }));

  test("what was received before the close is delivered, then the iteration ends", () =>
    simulate(function* () {
      const [here, there] = connectionPair();
      yield* here.send("one");
      yield* here.send("two");
      const closed = createTask(here.close());
      yield* sleep(0.01);
      expect(yield* all(there)).toEqual(["one", "two"]);
      yield* closed;
    }));

  test("recv() that is cancelled loses no message, whenever it is cancelled", () =>
    simulate(function* () {
      for (let stage = 0; stage < 6; stage++) {
        const [here, there] = connectionPair();
        const task = createTask(there.recv());
        yield* sleep(0);
        yield* here.send("kept");
        yield* turns(stage);
        task.cancel();
        const error = yield* outcome(task);
        if (error === null) continue;
        expect(isCancelled(error)).toBe(true);
        expect(yield* there.recv()).toBe("kept");
      }
    }));

  test("a second recv() at the same time is an error, and the first goes on", () =>
    simulate(function* () {
      const [here, there] = connectionPair();
      const first = createTask(there.recv());
      yield* sleep(0);
      expect(yield* errorOf(there.recv())).toBeInstanceOf(ConcurrencyError);
      yield* here.send("for the first");
      expect(yield* first).toBe("for the first");
    }));

  test.each([[undefined], [5], [null], [{ a: 1 }], [[1]]])("send(%o) is a TypeError that says what to send", (value) =>
    simulate(function* () {
      const [here] = connectionPair();
      const error = yield* errorOf(here.send(value as never));
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toMatch(/^TypeError: send expects a string or a Uint8Array, got /);
    }),
  );
});

function* outcome(task: Task<unknown>): Coroutine<unknown> {
  try {
    yield* task;
    return null;
  } catch (error) {
    return error;
  }
}

describe("backpressure", () => {
  test("a peer that does not take its messages makes send() wait, with little in memory", () =>
    simulate(function* () {
      const [here, there] = connectionPair();
      const { sent, waiting } = yield* fill(here);
      expect(sent).toBeGreaterThan(16); // what the peer keeps
      expect(sent).toBeLessThan(16 + 4);
      for (let i = 0; i < sent; i++) expect(yield* there.recv()).toBe(LARGE);
      yield* waiting;
      expect(yield* there.recv()).toBe(LARGE);
    }));

  test("send() that is cancelled while it waits has sent nothing, and those behind it go on in their order", () =>
    simulate(function* () {
      const [here, there] = connectionPair();
      const { sent, waiting } = yield* fill(here);
      const second = createTask(here.send("second"));
      const third = createTask(here.send("third"));
      yield* turns(2);
      waiting.cancel();
      expect(isCancelled(yield* errorOf(waiting))).toBe(true);
      for (let i = 0; i < sent; i++) yield* there.recv();
      expect(yield* there.recv()).toBe("second");
      expect(yield* there.recv()).toBe("third");
      yield* gather(second, third);
    }));

  test("send() that is cancelled in the turn in which there is room lets the next one send", () =>
    simulate(function* () {
      for (let stage = 0; stage < 8; stage++) {
        const [here, there] = connectionPair();
        const { sent, waiting } = yield* fill(here);
        const next = createTask(here.send("next"));
        yield* turns(2);
        for (let i = 0; i < sent; i++) yield* there.recv();
        yield* turns(stage);
        waiting.cancel();
        yield* outcome(waiting);
        yield* next;
      }
    }));

  test("a task that sends in a loop lets the others run", () =>
    simulate(function* () {
      const [here, there] = connectionPair();
      let steps = 0;
      const other = createTask(
        (function* () {
          for (;;) {
            steps++;
            yield* sleep(0);
          }
        })(),
      );
      const reader = createTask(all(there));
      for (let i = 0; i < 1000; i++) yield* here.send("x");
      expect(steps).toBeGreaterThan(10);
      other.cancel();
      yield* here.close();
      yield* reader;
    }));
});

describe("the end", () => {
  test.each([
    [1000, "", ConnectionClosedOK, "received 1000 (OK); then sent 1000 (OK)"],
    [1001, "bye", ConnectionClosedOK, "received 1001 (going away) bye; then sent 1001 (going away) bye"],
    [1011, "", ConnectionClosedError, "received 1011 (internal error); then sent 1011 (internal error)"],
    [3000, "", ConnectionClosedError, "received 3000 (registered); then sent 3000 (registered)"],
    [4999, "é", ConnectionClosedError, "received 4999 (private use) é; then sent 4999 (private use) é"],
  ] as const)("the peer closes with %i %s", (code, reason, type, text) =>
    simulate(function* () {
      const [here, there] = connectionPair();
      expect([there.closeCode, there.closeReason]).toEqual([null, null]);
      yield* here.close(code, reason);
      const error = (yield* errorOf(there.recv())) as ConnectionClosed;
      expect(error).toBeInstanceOf(type);
      expect(error).toBeInstanceOf(ConnectionClosed);
      expect(error.message).toBe(text);
      expect([there.closeCode, there.closeReason]).toEqual([code, reason]);
      expect(error.rcvd).toMatchObject({ code, reason });
      expect(error.rcvdThenSent).toBe(true);
      const ours = (yield* errorOf(here.send("more"))) as ConnectionClosed;
      expect(ours).toBeInstanceOf(type);
      expect(ours.rcvdThenSent).toBe(false);
    }),
  );

  test("iteration throws unless the end is in good order", () =>
    simulate(function* () {
      const [here, there] = connectionPair();
      yield* here.send("last");
      yield* here.close(1011);
      const messages: Message[] = [];
      const error = yield* errorOf(
        asyncFor(there, function* (message) {
          messages.push(message);
        }),
      );
      expect(messages).toEqual(["last"]);
      expect(error).toBeInstanceOf(ConnectionClosedError);
    }));

  test("close() twice, or at the same time from both sides, is no error", () =>
    simulate(function* () {
      const [here, there] = connectionPair();
      yield* gather(here.close(), there.close(1001), here.close(1011));
      yield* here.close();
      yield* there.waitClosed();
      expect(there.closeCode).toBe(1000);
      expect(here.closeCode).toBe(1001);
    }));

  test("a peer that does not answer has closeTimeout seconds, and close() does not throw", () =>
    simulate(function* () {
      const [here, there] = connectionPair({ closeTimeout: 5 });
      yield* congest(here); // it does not read the close frame
      const began = getRunningLoop().time();
      yield* here.close();
      expect(getRunningLoop().time() - began).toBe(5);
      expect(here.closeCode).toBe(1006);
      const error = yield* errorOf(here.recv());
      expect(String(error)).toBe("ConnectionClosedError: sent 1000 (OK); no close frame received");
      yield* there.close();
    }));

  test("close() that is cancelled goes on by itself", () =>
    simulate(function* () {
      const [here, there] = connectionPair({ closeTimeout: 5 });
      yield* congest(here);
      const closing = createTask(here.close());
      yield* turns(2);
      closing.cancel();
      expect(isCancelled(yield* errorOf(closing))).toBe(true);
      yield* here.waitClosed();
      yield* there.close();
    }));

  test("close() of a connection that was not read: the peer's answer is behind what is dropped", () =>
    simulate(function* () {
      const [here, there] = connectionPair();
      yield* congest(here);
      const { waiting } = yield* fill(here);
      yield* there.close();
      expect(there.closeCode).toBe(1000);
      expect(yield* errorOf(waiting)).toBeInstanceOf(ConnectionClosedOK);
    }));

  test("all that wait learn of it", () =>
    simulate(function* () {
      const [here, there] = connectionPair({ closeTimeout: 1 });
      const { waiting } = yield* fill(here); // the peer reads nothing, no ping either
      const tasks = [waiting, createTask(here.ping()), createTask(here.recv())];
      yield* turns(2);
      yield* here.close(1001);
      for (const task of tasks) {
        expect(String(yield* errorOf(task))).toBe(
          "ConnectionClosedError: sent 1001 (going away); no close frame received",
        );
      }
      yield* there.close();
    }));

  test.each([
    [999, "", ValueError],
    [1005, "", ValueError],
    [1006, "", ValueError],
    [1015, "", ValueError],
    [2999, "", ValueError],
    [5000, "", ValueError],
    [1000.5, "", ValueError],
    ["1000", "", TypeError],
    [1000, 5, TypeError],
    [1000, "é".repeat(62), ValueError],
  ] as const)("close(%o, %o) is refused", (code, reason, type) =>
    simulate(function* () {
      const [here, there] = connectionPair();
      expect(yield* errorOf(here.close(code as never, reason as never))).toBeInstanceOf(type);
      yield* here.send("it is still open");
      expect(yield* there.recv()).toBe("it is still open");
    }),
  );

  test("leaving asyncWith closes: 1000, 1011 after an error, 1001 when cancelled", () =>
    simulate(function* () {
      const codes: unknown[] = [];
      const bodies: ((connection: Connection) => Coroutine<void>)[] = [
        function* () {},
        function* () {
          throw new Error("of the block");
        },
        function* (connection) {
          yield* asyncWith(timeout(1), () => connection.recv());
        },
      ];
      for (const body of bodies) {
        const [here, there] = connectionPair();
        const task = createTask(asyncWith(here, body));
        yield* outcome(task);
        yield* there.waitClosed();
        codes.push(there.closeCode);
      }
      const [here, there] = connectionPair();
      const task = createTask(asyncWith(here, () => sleep(9)));
      yield* turns(2);
      task.cancel();
      yield* outcome(task);
      codes.push(there.closeCode);
      expect(codes).toEqual([1000, 1011, 1011, 1001]);
    }));

  test("a block that is cancelled once more while it closes leaves nothing", () =>
    simulate(function* () {
      const [here, there] = connectionPair({ closeTimeout: 100 });
      yield* congest(here);
      const task = createTask(asyncWith(here, () => sleep(9)));
      yield* turns(2);
      task.cancel();
      yield* turns(2);
      expect(task.done()).toBe(false);
      task.cancel();
      yield* outcome(task);
      expect(here.closeCode).toBe(1006);
      yield* there.close();
    }));
});

describe("pings", () => {
  test("ping() returns the seconds until the pong", () =>
    simulate(function* () {
      const [here] = connectionPair();
      expect(here.latency).toBe(0);
      expect(yield* here.ping()).toBe(here.latency);
      expect(yield* gather(here.ping(), here.ping())).toHaveLength(2);
    }));

  test("a peer that stops reading ends the connection after pingInterval + pingTimeout seconds", () =>
    simulate(function* () {
      const [here, there] = connectionPair();
      yield* congest(here);
      const error = (yield* errorOf(here.recv())) as ConnectionClosed;
      expect(String(error)).toBe(
        "ConnectionClosedError: sent 1011 (internal error) keepalive ping timeout; no close frame received",
      );
      expect(getRunningLoop().time()).toBeCloseTo(40);
      yield* there.close();
    }));

  test("a peer that answers is kept, for hours", () =>
    simulate(function* () {
      const [here, there] = connectionPair();
      yield* sleep(20_000);
      yield* here.send("still there");
      expect(yield* there.recv()).toBe("still there");
    }));

  test("a program that is slow to take its messages gets all that have come, also when the other side has ended it", () =>
    simulate(function* () {
      const [here, there] = connectionPair({ pingInterval: 1, pingTimeout: 1 });
      yield* congest(there); // here nothing is read, no pong either
      yield* sleep(100);
      // The other side cannot tell, and has ended it.
      expect(there.closeCode).toBe(1006);
      for (let i = 0; i < 16; i++) expect(yield* here.recv()).toBe(`${i}`);
    }));

  test("null is no keepalive", () =>
    simulate(function* () {
      const [here] = connectionPair({ pingInterval: null });
      yield* congest(here);
      yield* sleep(1000);
      expect(here.closeCode).toBe(null);
    }));

  test("a ping that is cancelled is forgotten", () =>
    simulate(function* () {
      const [here] = connectionPair();
      const task = createTask(here.ping());
      yield* sleep(0);
      task.cancel();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
      expect(yield* here.ping()).toBeCloseTo(0.002);
    }));
});

describe("options", () => {
  it.each([
    [{ pingIntervall: 1 }, /has no option "pingIntervall": did you mean pingInterval\?/],
    [{ maxPayload: 0 }, /maxPayload must be a number of bytes above 0, got 0/],
    [{ maxQueue: "16" }, /maxQueue must be a number of messages, got "16"/],
    [{ closeTimeout: Number.NaN }, /closeTimeout must be a number of seconds above 0, got NaN/],
    [{ subprotocols: "chat" }, /subprotocols must be an array of strings, got "chat"/],
    [{ subprotocols: ["a b"] }, /a subprotocol must be a token such as "chat.v1", got "a b"/],
    [{ subprotocols: ["a", "a"] }, /subprotocols must have each name once/],
  ])("%o", (options, message) =>
    simulate(function* () {
      expect(String(thrownBy(() => connectionPair(options as never)))).toMatch(message);
    }),
  );

  test("those of Object.prototype are none", () =>
    simulate(function* () {
      const polluted = Object.prototype as { maxQueue?: number };
      polluted.maxQueue = -1;
      try {
        connectionPair();
      } finally {
        delete polluted.maxQueue;
      }
    }));
});
