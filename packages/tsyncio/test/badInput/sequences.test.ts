import {
  anext,
  asyncGenerator,
  asyncWith,
  coroutine,
  createTask,
  Event,
  Future,
  fromPromise,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  RuntimeError,
  run,
  Semaphore,
  shield,
  sleep,
  TaskGroup,
  timeout,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { any, simulate, thrownBy } from "../support.ts";

function* waits() {
  yield* sleep(1);
  return "waited";
}

function* waitsTurn() {
  yield* sleep(0);
}

const flat = coroutine(function* (delay: number) {
  yield* sleep(delay);
  return "waited";
});

const makers: Record<string, () => Iterable<unknown>> = {
  "a function*": waits,
  "a function* at sleep(0)": waitsTurn,
  "coroutine()": () => flat(1),
  "coroutine() at sleep(0)": () => flat(0),
  "coroutine() inside a function*": function* () {
    yield* flat(1);
  },
  "coroutine() inside coroutine()": coroutine(function* () {
    yield* flat(1);
  }),
  "sleep(1)": () => sleep(1),
  "sleep(0)": () => sleep(0),
  "sleep(0, result)": () => sleep(0, "result"),
  "a future": () => new Future(),
  "a task": () => createTask(waits()),
  "gather()": () => gather(waits(), waits()),
  "shield()": () => shield(waits()),
  "lock.acquire()": () => {
    const lock = new Lock();
    lock.acquire().next();
    return lock.acquire();
  },
  "semaphore.acquire()": () => new Semaphore(0).acquire(),
  "event.wait()": () => new Event().wait(),
  "queue.get()": () => new Queue().get(),
  "queue.put()": () => {
    const queue = new Queue(1);
    queue.putNowait(1);
    return queue.put(2);
  },
  "anext()": () =>
    anext(
      asyncGenerator(function* () {
        yield* sleep(1);
        yield 1;
      })(),
    ),
};

/** Only tasks can have a timeout. */
const inTasks: Record<string, () => Iterable<unknown>> = {
  ...makers,
  "asyncWith()": () => asyncWith(timeout(5), waits),
  "waitFor()": () => waitFor(waits(), 5),
};

const forms: Record<string, (iterable: Iterable<unknown>) => unknown> = {
  "const [x] =": (iterable) => {
    const [x] = iterable;
    return x;
  },
  "const [x, y] =": (iterable) => {
    const [x, y] = iterable;
    return [x, y];
  },
  "[...]": (iterable) => [...iterable],
  "f(...)": (iterable) => Math.max(...(iterable as Iterable<number>)),
  "Array.from()": (iterable) => Array.from(iterable),
  "new Set()": (iterable) => new Set(iterable),
  "for of": (iterable) => {
    for (const _ of iterable);
  },
  "for of, left early": (iterable) => {
    for (const x of iterable) return x;
    return undefined;
  },
};

/** What a task does afterwards. */
function* goesOn() {
  const future = new Future<string>();
  getRunningLoop().callSoon(() => future.setResult("future"));
  return [yield* future, yield* flat(1), yield* waits(), yield* sleep(0, "turn"), yield* flat(0)];
}
const WENT_ON = ["future", "waited", "waited", "turn", "waited"];

function expectRefused(form: (iterable: Iterable<unknown>) => unknown, make: () => Iterable<unknown>): void {
  const iterable = make();
  const error = thrownBy(() => form(iterable));
  expect(error).toBeInstanceOf(RuntimeError);
  expect(String(error)).toContain("write `yield*` before it");
}

describe.each(Object.entries(forms))("%s without yield* is an error that says so, and harms nothing:", (_, form) => {
  it.each(Object.entries(inTasks))("%s", async (name, make) => {
    await simulate(function* () {
      expectRefused(form, make);
      expect(yield* goesOn()).toEqual(WENT_ON);
      expect(yield* coroutine(refusedInside)()).toEqual(WENT_ON);
      const task = createTask(goesOn());
      getRunningLoop().callSoon(() => name in makers && expectRefused(form, make));
      expect(yield* task).toEqual(WENT_ON);
    });
    function* refusedInside() {
      expectRefused(form, make);
      return yield* goesOn();
    }
  });
});

it("a promise that is taken apart is an error too", async () => {
  await run(
    (function* () {
      expectRefused(forms["const [x] ="] as never, () => fromPromise(new Promise(() => {})));
      expectRefused(forms["[...]"] as never, () => fromPromise(() => new Promise(() => {})));
      yield* sleep(0);
    })(),
  );
});

it("a coroutine that is begun by hand and forgotten leaves nothing behind for the task that runs", async () => {
  for (const [name, make] of Object.entries(makers)) {
    if (name === "anext()") continue; // its generator cannot be closed while a step is under way
    await simulate(function* () {
      const forgotten = make()[Symbol.iterator]();
      forgotten.next();
      expect(yield* goesOn(), name).toEqual(WENT_ON);
    });
  }
});

it("a loop over a coroutine whose body waits is an error after some rounds, and the body waits as long as it says", async () => {
  for (const [name, make] of Object.entries(makers)) {
    await simulate(function* () {
      const loop = getRunningLoop();
      const begun = loop.time();
      let rounds = 0;
      let error: unknown;
      try {
        for (const _ of make()) {
          rounds++;
          yield* flat(10);
        }
      } catch (caught) {
        error = caught;
      }
      expect(String(error), name).toContain("write `yield*` before it");
      expect(loop.time() - begun, name).toBe(10 * rounds);
    });
  }
});

describe("what a group that is not entered is given", () => {
  it("need not be a coroutine for the error to say what is wrong with the group", () => {
    expect(() => new TaskGroup().createTask(any(5))).toThrow("has not been entered: use it with asyncWith");
  });
});
