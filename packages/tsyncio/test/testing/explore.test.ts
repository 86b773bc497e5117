/** Many schedules of one program. */

import {
  asyncWith,
  createTask,
  DeadlockError,
  Event,
  gather,
  getRunningLoop,
  Lock,
  run,
  sleep,
  TimeoutError,
  timeout,
  waitFor,
} from "tsyncio";
import { Exploration, ExplorationError, type ExploreOptions, explore, type Main, replay } from "tsyncio/testing";
import { describe, expect, test } from "vitest";

function failureOf(main: Main<unknown>, options: ExploreOptions = {}) {
  const { failure } = explore(main, { seed: 1, throws: false, timeMs: null, ...options });
  if (failure === null) throw new Error("nothing was found");
  return failure;
}

/** The one that comes later by default may come first. */
function* lostUpdate() {
  let balance = 100;
  const withdraw = function* withdraw(amount: number, latency: number) {
    yield* sleep(latency);
    const before = balance;
    yield* sleep(0.001);
    balance = before - amount;
  };
  yield* gather(withdraw(60, 0.001), withdraw(30, 0.003));
  if (balance !== 10) throw new Error(`the balance is ${balance}`);
}

function* circle() {
  const [a, b] = [new Lock(), new Lock()];
  const both = function* (first: Lock, second: Lock, latency: number) {
    yield* sleep(latency);
    using _one = yield* first.acquire();
    yield* sleep(0.001);
    using _two = yield* second.acquire();
  };
  yield* gather(both(a, b, 0.001), both(b, a, 0.003));
}

describe("what it finds", () => {
  test("an error that needs an unusual order, which the default order does not show", () => {
    expect(explore(lostUpdate, { model: "fifo", timeMs: null }).complete).toBe(true);
    const failure = failureOf(lostUpdate);
    expect(failure).toMatchObject({ kind: "error", deviations: 1 });
    expect(String(failure.error)).toContain("the balance is");
  });

  test("a deadlock, with the circle", () => {
    expect(explore(circle, { model: "fifo" }).failure).toBeNull();
    const failure = failureOf(circle);
    expect(failure).toMatchObject({ kind: "deadlock", deviations: 1 });
    expect(failure.error).toBeInstanceOf(DeadlockError);
    expect(failure.report).toContain("in a circle");
  });

  test("an exception that no task looks at", () => {
    const failure = failureOf(function* () {
      createTask(
        (function* () {
          yield* sleep(0.001);
          throw new RangeError("unseen");
        })(),
      );
      yield* sleep(0.01);
    });
    expect(failure.kind).toBe("lost exception");
    expect(failure.report).toContain("RangeError: unseen");
  });

  test("an exception in a callback", () => {
    const failure = failureOf(function* () {
      getRunningLoop().callSoon(() => {
        throw new RangeError("in a callback");
      });
      yield* sleep(0.01);
    });
    expect(failure.kind).toBe("lost exception");
  });

  test("no exception is lost where the program has a handler of its own", () => {
    const seen: string[] = [];
    explore(function* () {
      getRunningLoop().setExceptionHandler((_loop, context) => void seen.push(context.message));
      getRunningLoop().callSoon(() => {
        throw new RangeError("handled");
      });
      yield* sleep(0.01);
    });
    expect(seen).toHaveLength(1);
  });

  test("a task that is left over, with the place where it waits", () => {
    const leaky = function* () {
      const forgotten = function* forgotten() {
        yield* sleep(60);
      };
      createTask(forgotten(), { name: "heartbeat" });
      yield* sleep(0.01);
    };
    expect(failureOf(leaky)).toMatchObject({ kind: "leaked task" });
    expect(failureOf(leaky).report).toMatch(/heartbeat at forgotten \(.*explore\.test\.[jt]s/);
    expect(explore(leaky, { leaks: "ignore" }).failure).toBeNull();
  });

  test("a task that was cancelled, or ends by itself without time passing, is not left over", () => {
    explore(function* () {
      createTask(sleep(60)).cancel();
      createTask(sleep(0));
      yield* sleep(0.01);
    });
  });

  test("a cancellation that is swallowed", () => {
    const deaf = function* () {
      const worker = function* () {
        try {
          yield* sleep(60);
        } catch {
          // Everything is caught, the cancellation too.
        }
      };
      const task = createTask(worker());
      yield* sleep(0.01);
      task.cancel();
      yield* task;
    };
    expect(failureOf(deaf)).toMatchObject({ kind: "swallowed cancellation" });
    expect(explore(deaf, { swallowed: "ignore" }).failure).toBeNull();
  });

  test("an invariant that does not hold after some step", () => {
    let inUse = 0;
    const main: Main<void> = function* (sim) {
      inUse = 0;
      let mine = 0;
      sim.invariant(() => mine <= 1);
      const use = function* (latency: number) {
        yield* sleep(latency);
        inUse++;
        mine++;
        yield* sleep(0.001);
        inUse--;
        mine--;
      };
      yield* gather(use(0.001), use(0.004));
    };
    expect(failureOf(main).kind).toBe("invariant");
    const outside: Main<void> = (sim) => main(Object.assign(Object.create(sim), { invariant: () => {} }));
    const failure = failureOf(outside, {
      invariants: [
        () => {
          if (inUse > 1) throw new Error(`${inUse} at once`);
        },
      ],
    });
    expect(failure.kind).toBe("invariant");
    expect(String(failure.error)).toContain("2 at once");
  });

  test("a condition that does not come true", () => {
    const main: Main<void> = function* (sim) {
      let leader = false;
      sim.eventually(() => leader, { name: "there is a leader", withinSteps: 50 });
      const [a, b] = [new Event(), new Event()];
      createTask(
        (function* () {
          yield* sleep(0.001);
          // Only if the other has not come in between.
          if (!b.isSet()) leader = true;
          a.set();
        })(),
      );
      yield* sleep(0.0015);
      b.set();
      yield* a.wait();
      for (let i = 0; i < 100; i++) yield* sleep(0);
    };
    const failure = failureOf(main);
    expect(failure.kind).toBe("liveness");
    expect(failure.report).toContain("there is a leader has not come true");
  });

  test("a run without end", () => {
    const failure = failureOf(
      function* () {
        let begun = false;
        let allowed = false;
        const allow = function* () {
          yield* sleep(0.001);
          if (!begun) allowed = true;
        };
        const begin = function* () {
          yield* sleep(0.0015);
          begun = true;
          while (!allowed) yield* sleep(0);
        };
        yield* gather(allow(), begin());
      },
      { maxSteps: 500 },
    );
    expect(failure.kind).toBe("too many steps");
  });
});

describe("what it does not flag", () => {
  test("a program that is right", () => {
    const exploration = explore(function* () {
      let balance = 100;
      const lock = new Lock();
      const withdraw = function* (amount: number, latency: number) {
        yield* sleep(latency);
        using _ = yield* lock.acquire();
        const before = balance;
        yield* sleep(0.001);
        balance = before - amount;
      };
      yield* gather(withdraw(60, 0.001), withdraw(30, 0.003));
      if (balance !== 10) throw new Error(`the balance is ${balance}`);
    });
    expect(exploration).toBeInstanceOf(Exploration);
    expect(exploration.failure).toBeNull();
    expect(exploration.distinct).toBeGreaterThan(3);
    expect(String(exploration)).toMatch(/explored \d+ \(\d+ different\) schedules/);
  });

  test("a task that spins until an event of outside comes: events come in the end", () => {
    explore(
      function* () {
        let ready = false;
        const spin = function* () {
          while (!ready) yield* sleep(0);
        };
        const spinning = createTask(spin());
        yield* sleep(0.001);
        ready = true;
        yield* spinning;
      },
      { maxSteps: 5000, iterations: 500 },
    );
  });
});

describe("models", () => {
  const orderOf = (orders: Set<string>, first: () => Iterable<never> | ReturnType<typeof sleep>): Main<void> =>
    function* () {
      const log: number[] = [];
      const worker = function* (n: number) {
        yield* first() as ReturnType<typeof sleep>;
        log.push(n);
      };
      yield* gather(worker(1), worker(2), worker(3));
      orders.add(log.join(""));
    };

  test("events: sleeps of the same length come in any order", () => {
    const orders = new Set<string>();
    explore(
      orderOf(orders, () => sleep(0.001)),
      { timeMs: null },
    );
    expect(orders.size).toBe(6);
  });

  test("events: what the program wakes by itself keeps the loop's order", () => {
    const orders = new Set<string>();
    const exploration = explore(
      orderOf(orders, () => sleep(0)),
      { timeMs: null },
    );
    expect([...orders]).toEqual(["123"]);
    expect(exploration.complete).toBe(true);
    expect(String(exploration)).toContain('model "any", permutes more');
  });

  test("any: all that is ready comes in any order", () => {
    const orders = new Set<string>();
    explore(
      orderOf(orders, () => sleep(0)),
      { model: "any", timeMs: null },
    );
    expect(orders.size).toBe(6);
  });

  test("events: one that takes d seconds may take up to d * (1 + jitter), and no longer", () => {
    const outcomes = (jitter: number, slow: number) => {
      const seen = new Set<string>();
      explore(
        function* () {
          let first = "";
          const racer = function* (name: string, seconds: number) {
            yield* sleep(seconds);
            first ||= name;
          };
          yield* gather(racer("quick", 1), racer("slow", slow));
          seen.add(first);
        },
        { jitter, iterations: 300, timeMs: null },
      );
      return [...seen].sort();
    };
    expect(outcomes(1, 1.9)).toEqual(["quick", "slow"]);
    expect(outcomes(1, 2.1)).toEqual(["quick"]);
    expect(outcomes(0, 1.1)).toEqual(["quick"]);
    expect(outcomes(0, 1)).toEqual(["quick", "slow"]);
  });

  test("events: how late a chain of sleeps may be adds up", () => {
    const seen = new Set<string>();
    const main: Main<void> = function* () {
      let first = "";
      const chain = function* () {
        for (let i = 0; i < 10; i++) yield* sleep(0.1);
        first ||= "chain";
      };
      const one = function* () {
        yield* sleep(1.8);
        first ||= "one";
      };
      yield* gather(chain(), one());
      seen.add(first);
    };
    explore(main, { iterations: 1000, timeMs: null });
    expect([...seen].sort()).toEqual(["chain", "one"]);
  });

  test("events: a timeout and what it guards race when they are near to each other", () => {
    const seen = new Set<string>();
    const main: Main<void> = function* () {
      try {
        yield* asyncWith(timeout(1), () => sleep(0.9));
        seen.add("in time");
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        seen.add("timed out");
      }
    };
    explore(main, { timeMs: null });
    expect([...seen].sort()).toEqual(["in time", "timed out"]);
  });

  test("checkpointEveryAwait: a lock that is free is a place where others may come", () => {
    const main: Main<void> = function* () {
      let inside = 0;
      const locks = [new Lock(), new Lock()];
      const enter = function* (lock: Lock) {
        const before = inside;
        using _ = yield* lock.acquire();
        inside = before + 1;
      };
      yield* gather(...locks.map(enter));
      if (inside !== 2) throw new Error("one entry was lost");
    };
    expect(explore(main, { model: "any" }).failure).toBeNull();
    expect(failureOf(main, { model: "any", checkpointEveryAwait: true }).kind).toBe("error");
    expect(explore(main, { model: "any" }).failure).toBeNull();
  });
});

describe("cancelEverywhere", () => {
  test("finds a wait that must not be cancelled, though nothing cancels there by default", () => {
    const lock = function* () {
      const busy = new Set<string>();
      const done = new Event();
      const job = function* job() {
        busy.add("a");
        yield* sleep(1); // no finally
        busy.delete("a");
      };
      const task = createTask(job());
      task.addDoneCallback(() => done.set());
      yield* done.wait();
      if (busy.size > 0) throw new Error("still busy");
      yield* task;
    };
    expect(explore(lock).failure).toBeNull();
    const failure = failureOf(lock, { cancelEverywhere: true });
    expect(failure).toMatchObject({ kind: "error" });
    expect(failure.report).toContain("cancels the task above, where it waits");
    expect(() => replay(lock, failure.token)).toThrow("still busy");
  });

  test("a program that cleans up holds, and a cancelled main is no failure", () => {
    explore(
      function* () {
        const lock = new Lock();
        const job = function* () {
          using _ = yield* lock.acquire();
          yield* sleep(0.001);
        };
        yield* gather(job(), job());
      },
      { cancelEverywhere: true },
    );
  });
});

describe("strategies", () => {
  test.each(["portfolio", "uniform", "random", { pct: 2 }, { pct: 3 }, { exhaustive: 1 }] as const)(
    "%j finds the lost update and the deadlock",
    (strategy) => {
      expect(failureOf(lostUpdate, { strategy }).kind).toBe("error");
      expect(failureOf(circle, { strategy }).kind).toBe("deadlock");
    },
  );

  test("exhaustive: every schedule once, and says that it was all", () => {
    const orders = new Map<string, number>();
    const main: Main<void> = function* () {
      const log: number[] = [];
      const worker = function* (n: number) {
        yield* sleep(0.001);
        log.push(n);
      };
      yield* gather(worker(1), worker(2), worker(3));
      orders.set(log.join(""), (orders.get(log.join("")) ?? 0) + 1);
    };
    const all = explore(main, { strategy: { exhaustive: Number.POSITIVE_INFINITY }, timeMs: null });
    expect(all).toMatchObject({ complete: true, failure: null });
    expect(all.distinct).toBe(all.schedules);
    expect(orders.size).toBe(6);
    expect(String(all)).toMatch(/^explored all \d+ schedules/);
    const some = explore(main, { strategy: { exhaustive: 1 }, timeMs: null });
    expect(some.complete).toBe(true);
    expect(some.schedules).toBeLessThan(all.schedules);
  });

  test("the same seed makes the same exploration", () => {
    const facts = (seed: number) => {
      const { schedules, distinct, failure } = explore(lostUpdate, { seed, throws: false, timeMs: null });
      return { schedules, distinct, token: failure?.token };
    };
    expect(facts(3)).toEqual(facts(3));
  });

  test("one that is not known is refused", () => {
    expect(() => explore(lostUpdate, { strategy: "dfs" as never })).toThrow('strategy must be "portfolio", "uniform"');
    expect(() => explore(lostUpdate, { model: "all" as never })).toThrow(
      'model must be one of "fifo", "events", "any"',
    );
    expect(() => explore(lostUpdate, { jitter: -1 })).toThrow("jitter must be 0 or more");
  });
});

describe("faults", () => {
  test("by chance: shrunk to the one that matters", () => {
    const main: Main<void> = function* (sim) {
      let sent = 0;
      for (let i = 0; i < 10; i++) {
        yield* sleep(0.001);
        if (!sim.chance(0.3, "loss")) sent++;
      }
      if (sent < 10) throw new Error(`${sent} of 10`);
    };
    const failure = failureOf(main);
    expect(failure.deviations).toBe(1);
    expect(String(failure.error)).toContain("9 of 10");
    expect(failure.report).toContain("loss happens, with a probability of 0.3");
  });

  test("Math.random differs from schedule to schedule, and is the same when replayed", () => {
    const seen = new Set<number>();
    const main: Main<void> = function* () {
      yield* sleep(0.001);
      const drawn = Math.random();
      seen.add(drawn);
      if (drawn > 0.9) throw new Error(`drew ${drawn}`);
    };
    const failure = failureOf(main);
    expect(seen.size).toBeGreaterThan(1);
    expect(() => replay(main, failure.token)).toThrow(String(failure.error));
  });
});

describe("the report", () => {
  test("shows which task came where, in the order of its coming, and what is not the default", () => {
    const { report } = failureOf(lostUpdate);
    expect(report).toMatch(/found by schedule \d+ \(portfolio, seed 1\)/);
    expect(report).toMatch(
      /Task-2 withdraw\(\) +waits for sleep\(0\.001\), at withdraw \(testing\/explore\.test\.[jt]s:\d+\)/,
    );
    expect(report).toMatch(/> +\d+ .*Task-2 withdraw\(\) +is as late as it may be/);
    expect(report).toMatch(/fails: Error: the balance is/);
    expect(report).toMatch(/replay\(main, "tsy1\./);
  });

  test("has the same rows as data", () => {
    const { deviations, report, steps } = failureOf(lostUpdate);
    const unusual = steps.filter((step) => step?.deviates);
    expect(unusual).toHaveLength(deviations);
    expect(unusual[0]).toMatchObject({ task: "Task-2 withdraw()" });
    for (const step of steps) expect(report).toContain(step?.what);
    expect(steps.at(-1)?.what).toMatch(/^fails: Error: the balance is/);
  });

  test("explore throws it, with the program's own error as the cause", () => {
    const thrown = (() => {
      try {
        explore(lostUpdate);
      } catch (error) {
        return error as ExplorationError;
      }
      return null;
    })();
    expect(thrown).toBeInstanceOf(ExplorationError);
    expect(thrown?.message).toContain("the program fails (error)");
    expect(String(thrown?.cause)).toContain("the balance is");
    expect(thrown?.token).toBe(thrown?.failure.token);
  });

  test("says when it needs no unusual order", () => {
    const failure = failureOf(function* () {
      yield* sleep(0.001);
      throw new Error("always");
    });
    expect(failure).toMatchObject({ deviations: 0, schedule: 1 });
    expect(failure.report).toContain("it fails in the default one");
  });

  test("says when the failure does not come again, because state is left from the run before", () => {
    let runs = 0;
    const failure = failureOf(
      function* () {
        yield* gather(sleep(0.001), sleep(0.001));
        if (++runs === 3) throw new Error("the third time");
      },
      { shrink: false },
    );
    expect(failure.report).toContain("state is carried over from one run to the next");
  });

  test("says so too when it comes in the default order, which has held before", () => {
    const cache = new Map<string, string>();
    const failure = failureOf(function* () {
      if (cache.size > 0) throw new Error("not empty");
      cache.set("a", "b");
      yield* gather(sleep(0.001), sleep(0.001));
    });
    expect(failure.deviations).toBe(0);
    expect(failure.report).toContain("state is carried over from one run to the next");
  });

  test("shrinks a long schedule to what matters", () => {
    const noisy = function* () {
      const noise = function* () {
        for (let i = 0; i < 10; i++) yield* sleep(0.0005);
      };
      yield* gather(lostUpdate(), noise(), noise());
    };
    const [raw, small] = [failureOf(noisy, { shrink: false }), failureOf(noisy)];
    expect(small.deviations).toBeLessThanOrEqual(2);
    expect(raw.deviations).toBeGreaterThan(small.deviations);
  });
});

describe("replay", () => {
  test("runs the one schedule again", () => {
    const { token } = failureOf(circle);
    expect(() => replay(circle, token)).toThrow(ExplorationError);
    expect(() => replay(circle, token)).toThrow("in a circle");
  });

  test("finds nothing once the program is right", () => {
    const { token } = failureOf(lostUpdate);
    expect(
      replay(function* () {
        yield* gather(sleep(0.001), sleep(0.003));
      }, token).diverged,
    ).toMatch(/The program has changed since/);
  });

  test("says where the program takes another course than it did", () => {
    const { token } = failureOf(lostUpdate);
    const other = function* () {
      yield* gather(sleep(0.001), sleep(0.001), sleep(0.001));
      throw new Error("another one");
    };
    expect(() => replay(other, token)).toThrow("choice 1 was one of 2, and is one of 4 now");
  });

  test("stops a debugger before the failing step, and does not mind that there is none", () => {
    const { token } = failureOf(lostUpdate);
    expect(() => replay(lostUpdate, token, { pause: true })).toThrow(ExplorationError);
  });

  test("refuses what is no token, of another version, or damaged", () => {
    expect(() => replay(circle, "hello")).toThrow("a schedule's token looks like tsy1.");
    expect(() => replay(circle, "tsy9.AAAA")).toThrow("another version");
    expect(() => replay(circle, "tsy1.")).toThrow("is damaged");
    expect(() => replay(circle, "tsy1.AAAAA")).toThrow("is damaged");
    expect(() => replay(circle, "tsy1.!")).toThrow("is damaged");
  });
});

test("how long: by schedules, and by time", () => {
  const endless = function* () {
    yield* gather(sleep(0.001), sleep(0.001), sleep(0.001), sleep(0.001));
  };
  expect(explore(endless, { iterations: 50, timeMs: null }).schedules).toBe(50);
  // 1e9 schedules would take hours.
  expect(explore(endless, { iterations: 1e9, timeMs: 50 }).schedules).toBeLessThan(1e9);
});

test("the search ends when only schedules come that were there before", () => {
  const few = function* () {
    yield* gather(sleep(0.001), sleep(0.001));
  };
  const { schedules, distinct } = explore(few, { timeMs: null });
  expect(schedules).toBeLessThan(2000);
  expect(distinct).toBeLessThan(20);
});

test("not inside a running loop, and not given a coroutine", async () => {
  const inner = function* () {
    explore(circle);
  };
  await expect(run(inner())).rejects.toThrow("explore() cannot be called from a running event loop");
  expect(() => explore(circle() as never)).toThrow("explore(main), not explore(main())");
});

test("a task that is slow to be cancelled when main ends is waited for", () => {
  let cleaned = 0;
  const exploration = explore(
    function* () {
      createTask(
        (function* () {
          try {
            yield* sleep(100);
          } finally {
            yield* waitFor(sleep(1), 5);
            cleaned++;
          }
        })(),
      );
      yield* sleep(0.001);
    },
    { leaks: "ignore" },
  );
  expect(cleaned).toBe(exploration.schedules);
});

test("events: how late one may be does not depend on what came before it was set going", () => {
  explore(function* () {
    yield* sleep(1);
    let over = false;
    const timer = createTask(
      (function* () {
        yield* sleep(0.01);
        over = true;
      })(),
    );
    for (let i = 0; i < 100; i++) yield* sleep(0.001);
    if (!over) throw new Error("0.1 seconds have gone by, and not 0.01");
    yield* timer;
  });
});

test("faults keep their places when an order is left out", () => {
  const failure = failureOf(function* (sim) {
    const noise = function* () {
      for (let i = 0; i < 6; i++) yield* sleep(0.001);
    };
    let lost = 0;
    const sender = function* () {
      for (let i = 0; i < 6; i++) {
        yield* sleep(0.001);
        if (sim.chance(0.2)) lost++;
      }
    };
    yield* gather(noise(), sender(), noise());
    if (lost >= 2) throw new Error("two are lost");
  });
  expect(failure.deviations).toBe(2);
});

test("a program that draws numbers and has faults does the same again when replayed", () => {
  const main: Main<void> = function* (sim) {
    let bad = 0;
    for (let i = 0; i < 10; i++) {
      yield* gather(sleep(0.001), sleep(0.001));
      if (sim.chance(0.3) && Math.random() < 0.3) bad++;
    }
    if (bad >= 2) throw new Error(`${bad} times`);
  };
  const failure = failureOf(main);
  expect(failure.report).not.toContain("state is carried over");
  expect(() => replay(main, failure.token)).toThrow(String(failure.error));
});

test("what the runtime itself does between two tasks is no row of the report, and has a name where it comes in another order", () => {
  function* fails(seconds: number) {
    yield* sleep(seconds);
    throw new RangeError("no");
  }
  const main = function* () {
    const tasks = [createTask(fails(0.01)), createTask(sleep(0.01))];
    yield* gather(gather(...tasks), gather(...tasks), ...tasks);
  };
  for (const model of ["events", "any"] as const) {
    for (let seed = 0; seed < 10; seed++) {
      const { failure } = explore(main, { model, seed, iterations: 20, shrink: false, throws: false });
      expect(failure?.report).toContain("RangeError: no");
      expect(failure?.report).not.toContain("[object Object]");
    }
  }
});

test("the end of a task, told to several, has the task's name where it comes in another order", () => {
  const main = function* () {
    const order: number[] = [];
    const task = createTask(sleep(0.01), { name: "watched" });
    const watchers = [1, 2].map((n) => {
      const watching = gather(task);
      watching.addDoneCallback(() => void order.push(n));
      return watching;
    });
    yield* gather(...watchers);
    if (order[0] === 2) throw new RangeError("the second comes first");
  };
  const { report } = failureOf(main, { model: "any", timeMs: null, iterations: 2000 });
  expect(report).toMatch(/^ {2}> .* the end of watched +comes before the end of watched$/m);
});
