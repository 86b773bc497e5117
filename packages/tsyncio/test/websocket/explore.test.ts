/**
 * `explore` over connections in memory: it finds a planted race in a server that broadcasts, and no fault in the
 * connections.
 */

import {
  asyncFor,
  type Coroutine,
  createTask,
  gather,
  isCancelled,
  sleep,
  type Task,
  TimeoutError,
  waitFor,
} from "tsyncio";
import { explore } from "tsyncio/testing";
import { broadcast, type Connection, ConnectionClosed, connectionPair, type Message } from "tsyncio/websocket";
import { describe, expect, test } from "vitest";

/** Tells the members of a room what one of them has said. */
type Tell = (members: Connection[], message: Message) => Coroutine<void>;

function* deliver(member: Connection, message: Message): Coroutine<void> {
  yield* sleep(0.001); // a journal on a disk
  yield* member.send(message);
}

/** A member who leaves shortens the list that is walked: the next one is left out. */
const walksTheList: Tell = function* (members, message) {
  for (const member of members) yield* deliver(member, message);
};

/** The same by index: the room may be empty by then. */
const countsFirst: Tell = function* (members, message) {
  const count = members.length;
  for (let i = 0; i < count; i++) yield* deliver(members[i] as Connection, message);
};

const fixed: Record<string, Tell> = {
  *"a copy of the list, each member for itself"(members, message) {
    yield* gather(
      members.map((member) => deliver(member, message)),
      { returnExceptions: true },
    );
  },
  *"a copy of the list, one by one"(members, message) {
    for (const member of [...members]) {
      try {
        yield* deliver(member, message);
      } catch (error) {
        if (!(error instanceof ConnectionClosed)) throw error;
      }
    }
  },
  *"broadcast, which does not wait"(members, message) {
    yield* sleep(0.001);
    broadcast(members, message);
  },
};

/** Ada says something, Bob leaves at about the same time, Eve listens. */
const evening = (tell: Tell) =>
  function* (): Coroutine<void> {
    const members: Connection[] = [];
    const clients: Connection[] = [];
    function* serve(connection: Connection): Coroutine<void> {
      members.push(connection);
      try {
        yield* asyncFor(connection, (message) => tell(members, message));
      } finally {
        members.splice(members.indexOf(connection), 1);
      }
    }
    const serving = [0, 1, 2].map(() => {
      const [connection, client] = connectionPair();
      clients.push(client);
      return createTask(serve(connection));
    });
    const [ada, bob, eve] = clients as [Connection, Connection, Connection];
    yield* ada.send("hello");
    yield* sleep(0.005);
    yield* bob.close();
    if ((yield* waitFor(eve.recv(), 1)) !== "hello") throw new Error("Eve has heard something else");
    yield* gather(ada.close(), eve.close());
    yield* gather(serving);
  };

const SEEDS = [1, 2, 3, 4, 5];

describe("a server that broadcasts", () => {
  test.each([
    ["that walks a list which others change", walksTheList],
    ["that goes by a count which is old", countsFirst],
  ])("%s is found within 10,000 schedules, with each seed", (_name, tell) => {
    for (const seed of SEEDS) {
      const { failure } = explore(evening(tell), { seed, timeMs: null, throws: false });
      expect(failure).not.toBe(null);
      expect(failure?.error instanceof TimeoutError || failure?.error instanceof TypeError).toBe(true);
    }
  });

  test.each(Object.entries(fixed))("repaired by %s is never flagged", (_name, tell) => {
    for (const seed of SEEDS) explore(evening(tell), { seed, iterations: 1000, timeMs: null });
  });
});

describe("a connection", () => {
  test("loses nothing and repeats nothing, whatever is cancelled when", () => {
    const { schedules } = explore(
      function* () {
        const [here, there] = connectionPair();
        const got: Message[] = [];
        const sent: Message[] = [];
        function* write(): Coroutine<void> {
          for (const message of ["a", "b", "c"]) {
            yield* here.send(message);
            sent.push(message);
            yield* sleep(0.001);
          }
        }
        function* read(): Coroutine<void> {
          for (;;) got.push(yield* there.recv());
        }
        const writer = createTask(write());
        const reader = createTask(read());
        yield* sleep(0.002);
        reader.cancel(); // in every place, by the jitter of the sleeps
        yield* outcome(reader);
        yield* outcome(writer);
        yield* here.close();
        yield* asyncFor(there, function* (message) {
          got.push(message);
        });
        expect(got).toEqual(sent);
      },
      { iterations: 1000, timeMs: null, seed: 1 },
    );
    expect(schedules).toBeGreaterThan(5);
  });

  test("a send that is cancelled in line sends nothing, and lets the others send, in every order", () => {
    explore(
      function* () {
        const [here, there] = connectionPair();
        const LARGE = "x".repeat(70_000);
        const reader = createTask(
          (function* () {
            const got: Message[] = [];
            yield* asyncFor(there, function* (message) {
              yield* sleep(0.001);
              got.push(message);
            });
            return got;
          })(),
        );
        const names = Array.from({ length: 24 }, (_, i) => `${i}`);
        const senders = names.map((name) => createTask(here.send(name + LARGE)));
        yield* sleep(0.003);
        senders[20]?.cancel();
        senders[22]?.cancel();
        const errors = yield* gather(senders.map(outcome));
        const expected = names.filter((_, i) => errors[i] === null);
        yield* here.close();
        expect((yield* reader).map((message) => (message as string).replace(LARGE, ""))).toEqual(expected);
        expect(errors.every((error) => error === null || isCancelled(error))).toBe(true);
      },
      { iterations: 200, timeMs: null, seed: 1 },
    );
  });
});

function* outcome(task: Task<unknown>): Coroutine<unknown> {
  try {
    yield* task;
    return null;
  } catch (error) {
    return error;
  }
}
