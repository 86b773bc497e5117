/** What reports tell of the tasks that hold the permits of a semaphore. */

import {
  BoundedSemaphore,
  type Coroutine,
  createTask,
  Event,
  formatTaskTree,
  gather,
  Lock,
  Semaphore,
  sleep,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";

function* holds(semaphore: Semaphore, until: Event): Coroutine<void> {
  using _ = yield* semaphore.acquire();
  yield* until.wait();
}

function* wants(semaphore: Semaphore): Coroutine<void> {
  yield* semaphore.acquire();
}

/** The line of the task named `name`, without where it stands. */
function lineOf(name: string): string | undefined {
  const lines = formatTaskTree().split("\n");
  return lines.find((line) => line.startsWith(`${name} `))?.replace(/, at .*/, "");
}

const acquire = (kind = "Semaphore"): string => `wants wants(): waits for acquire of <${kind} [locked, waiters:1]>`;

describe("of a semaphore", () => {
  it.each([Semaphore, BoundedSemaphore])("the tasks that hold its permits are named: %o", (kind) =>
    simulate(function* () {
      const [semaphore, until] = [new kind(2), new Event()];
      const tasks = ["a", "b"].map((name) => createTask(holds(semaphore, until), { name }));
      yield* sleep(1);
      const wanting = createTask(wants(semaphore), { name: "wants" });
      yield* sleep(1);
      expect(lineOf("wants")).toBe(`${acquire(kind.name)}, held by a, b`);
      until.set();
      yield* gather(wanting, ...tasks);
    }),
  );

  it("a task that has timed out in the line has none, and for one that was woken none is named until it runs", () =>
    simulate(function* () {
      const [semaphore, until] = [new Semaphore(2), new Event()];
      yield* semaphore.acquire();
      const a = createTask(holds(semaphore, until), { name: "a" });
      const late = createTask(wants(semaphore));
      yield* sleep(1);
      late.cancel();
      const b = createTask(holds(semaphore, until), { name: "b" });
      const wanting = createTask(wants(semaphore), { name: "wants" });
      yield* sleep(1);
      semaphore.release();
      expect(lineOf("wants")).toBe(acquire().replace("waiters:1", "waiters:2"));
      yield* sleep(1);
      expect(lineOf("wants")).toBe(`${acquire()}, held by a, b`);
      until.set();
      yield* gather(a, b, wanting);
    }));

  it("no task is named from when one has released a permit of another until all are released", () =>
    simulate(function* () {
      const [semaphore, until] = [new Semaphore(2), new Event()];
      const tasks = ["a", "b"].map((name) => createTask(holds(semaphore, until), { name }));
      yield* sleep(1);
      semaphore.release(); // that of a or b
      const c = createTask(holds(semaphore, until), { name: "c" });
      yield* sleep(1);
      const wanting = createTask(wants(semaphore), { name: "wants" });
      yield* sleep(1);
      expect(lineOf("wants")).toBe(acquire());
      wanting.cancel();
      until.set();
      yield* gather(c, ...tasks);
      until.clear();
      const others = ["d", "e", "f"].map((name) => createTask(holds(semaphore, until), { name }));
      yield* sleep(1);
      const again = createTask(wants(semaphore), { name: "wants" });
      yield* sleep(1);
      expect(lineOf("wants")).toBe(`${acquire()}, held by d, e, f`);
      until.set();
      yield* gather(again, ...others);
    }));

  it("a task that has ended and has not released it is named as such", () =>
    simulate(function* () {
      const things: readonly { acquire(): Coroutine<unknown> }[] = [new Semaphore(1), new Lock()];
      for (const thing of things) {
        yield* createTask(thing.acquire(), { name: "forgets" });
        const wanting = createTask(thing.acquire(), { name: "wants" });
        yield* sleep(1);
        expect(formatTaskTree()).toMatch(
          /^wants: waits for acquire of <.*>, not released by forgets, which has ended/m,
        );
        wanting.cancel();
        yield* sleep(1);
      }
    }));

  it("tasks are in no circle while one of those that hold a permit goes on", () =>
    simulate(function* () {
      const [semaphore, lock] = [new Semaphore(2), new Lock()];
      function* one(): Coroutine<void> {
        using _permit = yield* semaphore.acquire();
        yield* sleep(1);
        using _lock = yield* lock.acquire();
      }
      function* other(): Coroutine<void> {
        using _lock = yield* lock.acquire();
        yield* sleep(1);
        using _permit = yield* semaphore.acquire();
      }
      function* sleeps(): Coroutine<void> {
        using _permit = yield* semaphore.acquire();
        yield* sleep(5);
      }
      const tasks = [createTask(one()), createTask(other()), createTask(sleeps())];
      yield* sleep(2);
      expect(formatTaskTree()).toContain("held by");
      expect(formatTaskTree()).not.toContain("in a circle");
      yield* gather(...tasks);
    }));
});
