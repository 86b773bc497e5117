/** Crashes and restarts of simulated hosts. */

import {
  asyncGenerator,
  asyncWith,
  createTask,
  DeadlockError,
  gather,
  getRunningLoop,
  isCancelled,
  shield,
  sleep,
  TaskGroup,
  TimeoutError,
  timeout,
  wait,
  waitFor,
} from "tsyncio";
import { ConnectionRefusedError, ConnectionResetError, createConnection, openConnection } from "tsyncio/net";
import { explore, SimulatedNetwork, simulate } from "tsyncio/testing";
import { describe, expect, test } from "vitest";
import { bytes, Notes } from "../../node/net/support.ts";
import { errorOf, thrownBy } from "../../support.ts";
import { ask, forEver, serve, withServer } from "./networkSupport.ts";

function* fails() {
  yield* sleep(0.01);
  throw new RangeError("no");
}

describe("crash", () => {
  test("the peers are reset, connecting is refused until the host serves again", () => {
    simulate(function* () {
      const { server } = yield* withServer();
      const [reader, writer] = yield* openConnection("server", 80);
      server.crash();
      expect([server.running, String(server)]).toEqual([false, "<SimulatedHost server 10.0.0.2 crashed>"]);
      server.crash();
      expect(yield* errorOf(reader.readline())).toBeInstanceOf(ConnectionResetError);
      expect(yield* errorOf(writer.drain())).toBeInstanceOf(ConnectionResetError);
      yield* writer.aexit();
      expect(yield* errorOf(openConnection("server", 80))).toBeInstanceOf(ConnectionRefusedError);
      server.restart();
      yield* sleep(0.01);
      const [again, more] = yield* openConnection("server", 80);
      expect(yield* ask(again, more, "hello again")).toBe("hello again");
      yield* more.aexit();
    });
  });

  test("what a peer has not read yet comes before the reset; a paused protocol hears of both when it goes on", () => {
    simulate(function* () {
      const net = new SimulatedNetwork();
      const server = net.host("server", () =>
        serve(function* (_reader, writer) {
          yield* writer.write(new Uint8Array(60_000));
          yield* sleep(1000);
        }),
      );
      yield* sleep(0.001);
      const [transport, protocol] = yield* createConnection(() => new Notes(), "server", 80);
      transport.pauseReading();
      yield* sleep(1);
      server.crash();
      yield* sleep(1);
      expect(protocol.log).toEqual(["made"]);
      transport.resumeReading();
      yield* sleep(1);
      expect(protocol.log).toEqual(["made", "data", "lost"]);
      expect([protocol.received, protocol.lost]).toEqual([60_000, expect.any(ConnectionResetError)]);
    });
  });

  test("behind a partition the peer hears nothing, until it sends something after the repair", () => {
    simulate(function* () {
      const { net, server } = yield* withServer();
      const [reader, writer] = yield* openConnection("server", 80);
      yield* sleep(1);
      net.partition("test", "server");
      server.crash();
      expect(yield* errorOf(asyncWith(timeout(500), () => reader.readline()))).toBeInstanceOf(TimeoutError);
      net.repair();
      expect(yield* errorOf(asyncWith(timeout(500), () => reader.readline()))).toBeInstanceOf(TimeoutError);
      writer.write(bytes("are you there?\n"));
      expect(yield* errorOf(reader.readline())).toBeInstanceOf(ConnectionResetError);
      yield* writer.aexit();
    });
  });

  test("what a host was sending to others when a partition began is gone with it", () => {
    simulate(function* () {
      const { net, server } = yield* withServer();
      const [reader, writer] = yield* openConnection("server", 80);
      writer.write(bytes("hello\n"));
      yield* sleep(0.015); // the answer is under way
      net.partitionOneway("server", "test");
      yield* sleep(1);
      server.crash();
      net.repair();
      expect(yield* errorOf(asyncWith(timeout(500), () => reader.readline()))).toBeInstanceOf(TimeoutError);
      yield* writer.aexit(new Error("abort"));
    });
  });

  test("nor is what was under way sent again, if a partition begins after the crash", () => {
    simulate(function* () {
      const { net, server } = yield* withServer();
      const [reader, writer] = yield* openConnection("server", 80);
      writer.write(bytes("hello\n"));
      yield* sleep(0.015); // the answer is under way
      server.crash();
      net.partition("test", "server");
      yield* sleep(1);
      net.repair();
      expect(yield* errorOf(asyncWith(timeout(500), () => reader.readline()))).toBeInstanceOf(TimeoutError);
      yield* writer.aexit(new Error("abort"));
    });
  });

  test("nothing of it runs again: no task, no callback, no timer, no finally; what was made outside stays", () => {
    simulate(function* () {
      const log: string[] = [];
      const disk = { starts: 0 };
      const net = new SimulatedNetwork();
      const host = net.host("host", function* () {
        let memory = 0;
        const n = ++disk.starts;
        getRunningLoop().callLater(5, () => log.push("timer"));
        createTask(forEver(log, "task"));
        try {
          for (;;) {
            yield* sleep(1);
            log.push(`${n}: ${++memory}`);
          }
        } finally {
          log.push("finally");
        }
      });
      yield* sleep(2.5);
      host.crash();
      yield* sleep(100);
      expect(log.splice(0)).toEqual(["1: 1", "1: 2"]);
      host.restart();
      yield* sleep(1.5);
      host.restart();
      yield* sleep(1.5);
      expect(log).toEqual(["2: 1", "3: 1"]);
      expect(disk.starts).toBe(3);
    });
  });

  test("nor do its async generators, at the end of the run", () => {
    const log: string[] = [];
    const numbers = asyncGenerator(function* () {
      try {
        yield* sleep(1);
        yield 1;
        yield 2;
      } finally {
        log.push("closed");
      }
    });
    const use = function* () {
      yield* numbers().anext();
      yield* sleep(100);
    };
    simulate(function* () {
      const net = new SimulatedNetwork();
      const crashes = net.host("crashes", use);
      net.host("runs", use);
      yield* sleep(5);
      crashes.crash();
    });
    expect(log).toEqual([]);
  });

  test("an error that was not looked at yet is forgotten with the host", () => {
    const main = function* () {
      const host = new SimulatedNetwork().host("host", function* () {
        const task = createTask(fails());
        yield* sleep(1);
        yield* task;
      });
      yield* sleep(0.5);
      host.crash();
    };
    expect(explore(main, { iterations: 20 }).failure).toBe(null);
  });

  test("the errors that is not in use asked for die with the host, however many they are", () => {
    explore(function* () {
      const { net } = yield* withServer();
      const host = net.host("host", function* () {
        for (let i = 0; i < 200; i++) {
          createTask(
            (function* () {
              yield* sleep(0);
              throw new RangeError("unseen");
            })(),
          );
        }
        yield* sleep(100);
      });
      yield* sleep(1);
      host.crash();
    });
  });

  test("an error that was on its way to a task when its host died is no lost exception", () => {
    const kinds = [
      () => createTask(fails()),
      () => gather(fails(), fails()),
      () =>
        asyncWith(new TaskGroup(), function* (group) {
          group.createTask(fails());
          yield* sleep(1);
        }),
      () => waitFor(createTask(fails()), 1),
      () => openConnection("test", 1),
      // Several watch the task that fails.
      () => {
        const task = createTask(fails());
        return gather(gather(task), gather(task));
      },
      () => {
        const task = createTask(fails());
        createTask(errorOf(task));
        return gather(task, wait([task]));
      },
      () => {
        const task = createTask(fails());
        task.addDoneCallback(() => task.exception());
        return shield(task);
      },
    ];
    for (const kind of kinds) {
      for (const crashes of [true, false]) {
        const main = function* () {
          const net = new SimulatedNetwork({ latency: [0.005, 0.005] });
          const host = net.host("host", function* () {
            const error = yield* errorOf(kind());
            expect(error).not.toBe(null);
          });
          yield* sleep(0.01);
          if (crashes) host.crash();
        };
        for (const leaks of ["error", "ignore"] as const) {
          const exploration = explore(main, { iterations: 200, timeMs: null, leaks });
          expect(exploration.failure).toBe(null);
          expect(exploration.distinct).toBeGreaterThan(1);
        }
      }
    }
  });

  test("a host may crash itself: it runs on until it waits", () => {
    simulate(function* () {
      const log: string[] = [];
      const host = new SimulatedNetwork().host("host", function* (self) {
        self.crash();
        log.push("last words");
        yield* sleep(0);
        log.push("never");
      });
      yield* sleep(1);
      expect([log, host.running]).toEqual([["last words"], false]);
    });
  });

  test("join of a host that has crashed after its main had ended waits for the next main, whichever other join is cancelled", () => {
    simulate(function* () {
      let starts = 0;
      const host = new SimulatedNetwork().host("host", function* () {
        yield* sleep(1);
        return ++starts;
      });
      expect(yield* host.join()).toBe(1);
      host.crash();
      const cancelled = createTask(host.join());
      const joined = createTask(host.join());
      yield* sleep(1);
      cancelled.cancel();
      host.restart();
      expect(isCancelled(yield* errorOf(cancelled))).toBe(true);
      expect(yield* joined).toBe(2);
    });
  });

  test("join waits for the main of the restart; without one it is a deadlock that says so", () => {
    simulate(function* () {
      let starts = 0;
      const host = new SimulatedNetwork().host("host", function* () {
        const n = ++starts;
        yield* sleep(1);
        return n;
      });
      const joined = createTask(host.join());
      yield* sleep(0.5);
      host.crash();
      yield* sleep(10);
      expect(joined.done()).toBe(false);
      host.restart();
      expect(yield* joined).toBe(2);
    });
    const error = thrownBy(() =>
      simulate(function* () {
        const host = new SimulatedNetwork().host("host", () => sleep(1));
        yield* sleep(0);
        host.crash();
        yield* host.join();
      }),
    );
    expect(error).toBeInstanceOf(DeadlockError);
    expect((error as Error).message).toContain("the end of host host, which has crashed");
  });

  test("a client's crash resets the server's side", () => {
    simulate(function* () {
      const errors: unknown[] = [];
      const net = new SimulatedNetwork();
      net.host("server", () =>
        serve(function* (reader, writer) {
          errors.push(yield* errorOf(reader.readline()));
          writer.close();
        }),
      );
      yield* sleep(0.001);
      const client = net.host("client", function* () {
        const [reader] = yield* openConnection("server", 80);
        yield* reader.read();
      });
      yield* sleep(1);
      client.crash();
      yield* sleep(1);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toBeInstanceOf(ConnectionResetError);
    });
  });
});
