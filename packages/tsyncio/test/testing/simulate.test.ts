/** One run on simulated time. */

import {
  asyncGenerator,
  coroutine,
  createTask,
  DeadlockError,
  Event,
  fromPromise,
  gather,
  run,
  sleep,
  TimeoutError,
  waitFor,
} from "tsyncio";
import { advance, currentTime, NotSimulatedError, Sequencer, simulate, waitAllTasksBlocked } from "tsyncio/testing";
import { describe, expect, test } from "vitest";

describe("time", () => {
  test("an hour passes at once, and the result comes without a promise", () => {
    const seconds = simulate(function* (sim) {
      yield* sleep(3600);
      return sim.time;
    });
    expect(seconds).toBe(3600);
  });

  test("Date, performance and Math.random are the simulation's, and the real ones are back after it", () => {
    const real = { Date, random: Math.random, now: performance.now, setTimeout };
    const main = function* () {
      const before = performance.now();
      yield* sleep(90);
      return [new Date().toISOString(), Date.now(), performance.now() - before, Math.random(), new Date(5).getTime()];
    };
    const first = simulate(main, { seed: 7 });
    expect(first.slice(0, 3)).toEqual(["2000-01-01T00:01:30.000Z", Date.UTC(2000, 0, 1, 0, 1, 30), 90_000]);
    expect(first[4]).toBe(5);
    expect(simulate(main, { seed: 7 })).toEqual(first);
    expect(simulate(main, { seed: 8 })[3]).not.toBe(first[3]);
    expect(simulate(main, { start: Date.UTC(2026, 0, 1) })[0]).toBe("2026-01-01T00:01:30.000Z");
    expect({ Date, random: Math.random, now: performance.now, setTimeout }).toEqual(real);
  });

  test("the real clock is back after a program that failed", () => {
    const real = Date;
    expect(() =>
      simulate(function* () {
        yield* sleep(1);
        throw new RangeError("no");
      }),
    ).toThrow(RangeError);
    expect(Date).toBe(real);
  });

  test("advance lets time pass and all that is due happen, to the last consequence", () => {
    simulate(function* () {
      const log: string[] = [];
      const worker = coroutine(function* worker() {
        yield* sleep(5);
        log.push("slept");
        yield* sleep(0);
        yield* sleep(0);
        log.push("went on");
        yield* sleep(1);
        log.push("too far");
      });
      const task = createTask(worker());
      yield* advance(5);
      expect(log).toEqual(["slept", "went on"]);
      expect(currentTime()).toBe(5);
      task.cancel();
    });
  });

  test("waitAllTasksBlocked returns when nothing can go on without time passing", () => {
    simulate(function* (sim) {
      const log: string[] = [];
      const event = new Event();
      createTask(
        (function* () {
          for (let i = 0; i < 3; i++) yield* sleep(0);
          log.push("waits");
          yield* event.wait();
          log.push("woken");
        })(),
      );
      yield* waitAllTasksBlocked();
      expect(log).toEqual(["waits"]);
      event.set();
      yield* sim.waitAllTasksBlocked();
      expect(log).toEqual(["waits", "woken"]);
      expect(sim.time).toBe(0);
    });
  });

  test("outside of a simulation, advance and its like say where they belong", async () => {
    await expect(run(advance(1))).rejects.toThrow("inside simulate() or explore()");
  });

  test("sleep(Infinity) never ends, and that is a deadlock", () => {
    expect(() => simulate(() => sleep(Number.POSITIVE_INFINITY))).toThrow(DeadlockError);
  });
});

describe("the end of a run", () => {
  test("what is left over is cancelled, and async generators are closed", () => {
    const log: string[] = [];
    const numbers = asyncGenerator(function* () {
      try {
        yield 1;
      } finally {
        log.push("closed");
      }
    });
    simulate(function* () {
      createTask(
        (function* () {
          try {
            yield* sleep(100);
          } finally {
            yield* sleep(1);
            log.push("cancelled");
          }
        })(),
      );
      yield* sleep(1);
      yield* numbers().anext();
    });
    expect(log.sort()).toEqual(["cancelled", "closed"]);
  });

  test("main's error is thrown as it is", () => {
    const error = new Error("mine");
    expect(() =>
      simulate(function* () {
        yield* sleep(1);
        throw error;
      }),
    ).toThrow(error);
    expect(() => simulate(() => waitFor(sleep(2), 1))).toThrow(TimeoutError);
  });

  test("a deadlock names the tasks, what they wait for, and where", () => {
    const stuck = function* stuck() {
      yield* new Event().wait();
    };
    expect(() => simulate(() => stuck())).toThrow(
      /Task-1 waits for set of <Event[\s\S]*stuck[\s\S]*simulate\.test\.[jt]s/,
    );
  });

  test("a program that never ends fails after maxSteps", () => {
    expect(() =>
      simulate(
        function* () {
          for (;;) yield* sleep(0);
        },
        { maxSteps: 1000 },
      ),
    ).toThrow("after 1000 steps");
  });
});

describe("the real world is refused", () => {
  test.each([
    ["setTimeout", () => setTimeout(() => {}, 1)],
    ["setInterval", () => setInterval(() => {}, 1)],
    ["fetch", () => fetch("http://127.0.0.1/")],
    ["AbortSignal.timeout", () => AbortSignal.timeout(10)],
  ])("%s", (name, call) => {
    const main = function* () {
      yield* sleep(1);
      call();
    };
    expect(() => simulate(main)).toThrow(NotSimulatedError);
    expect(() => simulate(main)).toThrow(name);
  });

  test("a native promise", () => {
    expect(() => simulate(() => fromPromise(Promise.resolve(1)))).toThrow(NotSimulatedError);
    expect(() => simulate(() => fromPromise(() => Promise.resolve(1)))).toThrow(
      "a native promise belongs to the real world",
    );
  });

  test("a coroutine instead of its function, and a simulation inside a loop", async () => {
    expect(() => simulate(sleep(1) as never)).toThrow("simulate(main), not simulate(main())");
    expect(() => simulate((() => 5) as never)).toThrow("a coroutine was expected");
    const inner = function* () {
      simulate(() => sleep(1));
    };
    await expect(run(inner())).rejects.toThrow("cannot be called from a running event loop");
    expect(() => simulate(inner)).toThrow("cannot be called from a running event loop");
  });
});

test("the seed draws the order when a model allows more than one", () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const once = () =>
      simulate(
        function* () {
          const log: number[] = [];
          const worker = function* (n: number) {
            yield* sleep(0.001);
            log.push(n);
          };
          yield* gather(worker(1), worker(2), worker(3));
          return log.join();
        },
        { seed, model: "events" },
      );
    const order = once();
    expect(once()).toBe(order);
    orders.add(order);
  }
  expect(orders.size).toBe(6);
});

describe("Sequencer", () => {
  test("blocks of several tasks run in the order of their places", () => {
    const log = simulate(function* () {
      const sequencer = new Sequencer();
      const log: number[] = [];
      const at = function* (place: number) {
        using _ = yield* sequencer.at(place);
        log.push(place);
        yield* sleep(1);
        log.push(place);
      };
      yield* gather(at(2), at(0), at(1));
      return log;
    });
    expect(log).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test("a place taken twice, or no place at all, is an error", () => {
    simulate(function* () {
      const sequencer = new Sequencer();
      yield* sequencer.at(0);
      expect(() => sequencer.at(0).next()).toThrow("place 0 of the sequence is taken already");
      expect(() => sequencer.at(-1).next()).toThrow("a place in a sequence must be 0, 1, 2");
    });
  });

  test("a cancelled wait breaks the sequence for all after it", () => {
    simulate(function* () {
      const sequencer = new Sequencer();
      const at = function* (place: number) {
        using _ = yield* sequencer.at(place);
      };
      const second = createTask(at(1));
      const third = createTask(at(2));
      yield* waitAllTasksBlocked();
      second.cancel();
      yield* waitAllTasksBlocked();
      expect(second.cancelled()).toBe(true);
      expect(String(third.exception())).toContain("the sequence is broken");
    });
  });
});
