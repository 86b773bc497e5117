import {
  anext,
  asyncGenerator,
  type Coroutine,
  coroutine,
  createTask,
  Event,
  Future,
  gather,
  Lock,
  RuntimeError,
  sleep,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

/** What a coroutine may stand at while it is awaited. */
const places: Record<string, (lock: Lock, event: Event) => Coroutine<unknown>> = {
  *"a sleep"() {
    yield* sleep(1);
  },
  *"a turn"() {
    for (let i = 0; i < 9; i++) yield* sleep(0);
  },
  *"a turn with a result"() {
    for (let i = 0; i < 9; i++) yield* sleep(0, "x");
  },
  *"a future"() {
    const future = new Future<void>();
    future.getLoop().callLater(1, () => future.setResult());
    yield* future;
  },
  *"a task"() {
    yield* createTask(sleep(1));
  },
  *"a lock"(lock) {
    yield* lock.acquire();
  },
  *"an event"(_lock, event) {
    yield* event.wait();
  },
  *"a coroutine of coroutine()"() {
    yield* coroutine(function* inner() {
      yield* sleep(1);
    })();
  },
  *"an async generator"() {
    yield* anext(
      asyncGenerator(function* () {
        yield* sleep(1);
        yield 1;
      })(),
    );
  },
  *gather() {
    yield* gather(sleep(1), sleep(2));
  },
  *waitFor() {
    yield* waitFor(sleep(1), 5);
  },
};

function* through(coro: Coroutine<unknown>, levels: number): Coroutine<unknown> {
  return levels === 0 ? yield* coro : yield* through(coro, levels - 1);
}

const ERROR = "coroutine is being awaited already";

describe("a second task that awaits a coroutine that waits at", () => {
  it.each(Object.entries(places))(
    "%s: the error is thrown at the await, and the first task goes on",
    async (_, place) => {
      for (const [levels, asTask, flat] of [
        [0, true, false],
        [0, false, false],
        [1, true, true],
        [2, false, true],
        [2, false, false],
      ] as const) {
        const log: unknown[] = [];
        await simulate(function* () {
          const [lock, event, mine] = [new Lock(), new Event(), new Lock()];
          yield* lock.acquire();
          function* shared() {
            try {
              yield* place(lock, event);
              return "undisturbed";
            } finally {
              log.push("first ends");
            }
          }
          function* second() {
            yield* mine.acquire();
            try {
              yield* through(coro, levels);
            } catch (error) {
              log.push("caught");
              throw error;
            } finally {
              mine.release();
            }
          }
          const coro = shared();
          const first = createTask(asTask ? coro : through(coro, levels));
          yield* sleep(0);
          const error = yield* errorOf(createTask(flat ? coroutine(second)() : second()));
          expect(error).toBeInstanceOf(RuntimeError);
          expect((error as Error).message).toContain(ERROR);
          expect(mine.locked()).toBe(false);
          lock.release();
          event.set();
          expect(yield* first).toBe("undisturbed");
        });
        expect(log).toEqual(["caught", "first ends"]);
      }
    },
  );
});

it("the second task may catch the error and go on waiting", async () => {
  await simulate(function* () {
    const coro = places["a sleep"]?.(new Lock(), new Event()) as Coroutine<void>;
    const first = createTask(coro);
    yield* sleep(0);
    function* second() {
      try {
        yield* coro;
        return "not refused";
      } catch {
        yield* sleep(5);
        return "went on";
      }
    }
    expect(yield* createTask(second())).toBe("went on");
    yield* first;
  });
});

it("a coroutine of coroutine() that is awaited twice at once is being awaited already; one that has ended cannot be reused", async () => {
  await simulate(function* () {
    const slow = coroutine(function* slow() {
      yield* sleep(1);
    });
    const coro = slow();
    const task = createTask(coro);
    expect(String(yield* errorOf(coro))).toContain(ERROR); // it has not begun
    yield* sleep(0.5);
    expect(String(yield* errorOf(coro))).toContain(ERROR);
    yield* task;
    expect(String(yield* errorOf(coro))).toContain("cannot reuse already awaited coroutine");
  });
});

it("throw() of generators is the engine's own afterwards", async () => {
  const generators = Object.getPrototypeOf(function* () {}).prototype;
  const before = Object.getOwnPropertyDescriptor(generators, "throw");
  await simulate(function* () {
    const coro = places["a sleep"]?.(new Lock(), new Event()) as Coroutine<void>;
    const first = createTask(coro);
    yield* sleep(0);
    yield* errorOf(
      createTask(
        (function* () {
          yield* coro;
        })(),
      ),
    );
    yield* first;
  });
  expect(Object.getOwnPropertyDescriptor(generators, "throw")).toEqual(before);
});
