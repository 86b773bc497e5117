/**
 * fromCallback, fromEvent, events, retry, asyncMap with a limit and isolated tasks under every schedule and every
 * cancellation.
 */

import {
  anext,
  asyncFor,
  asyncGenerator,
  asyncMap,
  asyncWith,
  type Coroutine,
  createTask,
  events,
  fromCallback,
  fromEvent,
  gather,
  getRunningLoop,
  retry,
  sleep,
  TaskGroup,
  timeout,
} from "tsyncio";
import { type ExploreOptions, explore, type Main } from "tsyncio/testing";
import { describe, expect, test } from "vitest";
import { Emitter } from "../interop/emitter.ts";

const everywhere: ExploreOptions = { seed: 1, model: "any", iterations: 400, timeMs: null, cancelEverywhere: true };

/** Fails with the schedule that breaks it. */
function holds(main: Main<unknown>, options: ExploreOptions = {}): void {
  expect(explore(main, { ...everywhere, ...options }).failure).toBeNull();
}

const later = (seconds: number, call: () => void) => getRunningLoop().callLater(seconds, call);

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** `main` may be cancelled anywhere; `after` is checked however it ends. */
function* always(main: () => Coroutine<unknown>, after: () => void): Coroutine<void> {
  try {
    yield* main();
  } finally {
    after();
  }
}

describe("explored, with a cancellation at every wait", () => {
  test("fromCallback loses no value and cleans up once", () => {
    holds(function* () {
      let [made, used, returned, cleanups] = [0, 0, 0, 0];
      function* use(): Coroutine<void> {
        yield* fromCallback<number>(
          (resolve) => {
            const timer = later(0.01, () => {
              made++;
              resolve(1);
            });
            return () => {
              cleanups++;
              timer.cancel();
            };
          },
          { late: () => returned++ },
        );
        used++;
      }
      function* main(): Coroutine<void> {
        yield* gather(use(), use());
      }
      yield* always(main, () => {
        check(used + returned === made, `${made} values, ${used} used, ${returned} returned`);
        check(cleanups <= 2, "cleaned up twice");
      });
    });
  });

  test("fromEvent and events leave no listener behind", () => {
    holds(
      function* () {
        const emitter = new Emitter();
        for (const at of [0.01, 0.02, 0.03]) later(at, () => emitter.emit("n", at));
        later(0.04, () => emitter.emit("end"));
        function* main(): Coroutine<void> {
          const [at] = yield* fromEvent<[number]>(emitter, "n");
          check(at === 0.01, `the first event was ${at}`);
          const got: number[] = [];
          yield* asyncFor(events<[number]>(emitter, "n", { end: "end" }), function* ([n]) {
            yield* sleep(0.001);
            got.push(n);
          });
          check(got.join() === "0.02,0.03", `the events were ${got}`);
        }
        yield* always(main, () => check(emitter.count === 0, `${emitter.count} listeners are left`));
      },
      { model: "fifo" },
    );
  });

  test("an event that a cancelled anext() was to get comes to the next one", () => {
    holds(
      function* () {
        const emitter = new Emitter();
        const source = events<[number]>(emitter, "n", { end: "end" });
        const got: number[] = [];
        function* taker(): Coroutine<void> {
          for (;;) got.push((yield* anext(source))[0]);
        }
        const takers = [createTask(taker()), createTask(taker())];
        for (const n of [1, 2, 3, 4]) {
          yield* sleep(0.01);
          emitter.emit("n", n);
          if (n === 2) takers[0]?.cancel();
        }
        yield* sleep(1);
        takers[1]?.cancel();
        for (const task of takers) yield* asyncWith(timeout(10), () => ended(task));
        check(got.sort().join() === "1,2,3,4", `the events were ${got}`);
        yield* source.aclose();
      },
      { cancelEverywhere: false },
    );
  });

  test("retry makes no attempt after a cancellation", () => {
    holds(function* () {
      let running = 0;
      function* attempt(n: number): Coroutine<number> {
        check(++running === 1, "two attempts at once");
        try {
          yield* sleep(0.01);
          if (n < 3) throw new Error("again");
          return n;
        } finally {
          running--;
        }
      }
      function* main(): Coroutine<void> {
        check((yield* retry(attempt)) === 3, "not the third attempt");
      }
      yield* always(main, () => check(running === 0, "an attempt goes on"));
    });
  });

  test.each([true, false])("asyncMap with a limit, ordered: %s, leaves no task and no open source", (ordered) => {
    holds(function* () {
      let [running, open] = [0, 0];
      const source = asyncGenerator(function* () {
        open++;
        try {
          for (let i = 0; i < 5; i++) {
            yield* sleep(0.01);
            yield i;
          }
        } finally {
          yield* sleep(0.01);
          open--;
        }
      });
      function* work(i: number): Coroutine<number> {
        check(++running <= 2, "more than the limit");
        try {
          yield* sleep(0.02);
          return i;
        } finally {
          running--;
        }
      }
      const got: number[] = [];
      function* main(): Coroutine<void> {
        yield* asyncFor(asyncMap(source(), work, { limit: 2, ordered }), function* (i) {
          yield* sleep(0.001);
          got.push(i);
        });
        const expected = ordered ? got : [...got].sort();
        check(expected.join() === "0,1,2,3,4", `the results were ${got}`);
      }
      yield* main();
      check(running === 0 && open === 0, `${running} calls and ${open} sources are open`);
    });
  });

  test("isolated tasks never end their siblings", () => {
    holds(
      function* () {
        getRunningLoop().setExceptionHandler(() => {});
        let served = 0;
        function* client(fails: boolean): Coroutine<void> {
          yield* sleep(0.01);
          if (fails) throw new Error("gone");
          served++;
        }
        yield* asyncWith(new TaskGroup(), function* (group) {
          for (const fails of [true, false, true, false]) group.createTask(client(fails), { isolated: true });
        });
        check(served === 2, `${served} were served`);
      },
      { cancelEverywhere: false },
    );
  });
});

function* ended(task: ({ cancelled(): boolean } & Coroutine<unknown>) | unknown): Coroutine<void> {
  try {
    yield* task as Coroutine<unknown>;
  } catch {}
}
