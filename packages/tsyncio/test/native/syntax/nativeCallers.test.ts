"use tsyncio";

/** Rule 5: what native code calls begins at once, as in JavaScript; what a marked module calls is lazy. */

import * as tsyncio from "tsyncio";
import {
  asyncWith,
  createTask,
  currentTask,
  type ExceptionContext,
  gather,
  getRunningLoop,
  run,
  sleep,
  Task,
  TaskGroup,
  TimeoutError,
  timeout,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { watchedLoop } from "../../support.ts";

type Log = string[];

/** Runs what a marked module has called, which has not begun. */
function simulate<T>(main: Promise<T>, reports: ExceptionContext[] = []): Promise<T> {
  return run(main, { loopFactory: () => watchedLoop(reports) });
}

/** Waits for what native code does in its own time, outside of tsyncio. */
function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (condition()) resolve();
      else setTimeout(check, 1);
    };
    check();
  });
}

/** The listeners that the table hands over: each logs when it begins, which must be in the call, and when it ends. */
async function handler(log: Log, name: string): Promise<void> {
  log.push(`${name} begins`);
  await sleep(0);
  log.push(`${name} ends`);
}

const calls: Record<string, (log: Log, target: EventTarget) => unknown> = {
  "a function in place": (log, target) => target.addEventListener("x", async () => await handler(log, "in place")),
  "a function by its name"(log, target) {
    async function listener(): Promise<void> {
      await handler(log, "by name");
    }
    target.addEventListener("x", listener);
  },
  "a constant"(log, target) {
    const listener = async (): Promise<void> => await handler(log, "constant");
    target.addEventListener("x", listener);
  },
  "a method, bound"(log, target) {
    class Component {
      readonly name = "method";
      async listen(): Promise<void> {
        await handler(log, this.name);
      }
      connect(): void {
        target.addEventListener("x", this.listen.bind(this));
      }
    }
    new Component().connect();
  },
  "a class field"(log, target) {
    class Component {
      readonly name = "field";
      listen = async (): Promise<void> => await handler(log, this.name);
      connect(): void {
        target.addEventListener("x", this.listen);
      }
    }
    new Component().connect();
  },
  "an object with handleEvent()": (log, target) =>
    target.addEventListener("x", {
      async handleEvent(event: Event) {
        await handler(log, `handleEvent ${event.type}`);
      },
    }),
  "a property that is assigned"(log, target) {
    const element = target as EventTarget & { onx?: () => unknown };
    element.onx = async () => await handler(log, "onx");
    target.addEventListener("x", new Function("this.onx()") as () => void);
  },
  "a function that is returned": (log, target) => {
    const make = (): (() => Promise<void>) => async () => await handler(log, "returned");
    // A call in a marked module is lazy, so it is an unmarked one that calls what was returned.
    target.addEventListener("x", make());
  },
  "an item of an array"(log, target) {
    const listeners = [async (): Promise<void> => await handler(log, "item")];
    for (const listener of listeners) target.addEventListener("x", listener);
  },
};

describe("a listener begins in the call that dispatches the event", () => {
  it.each(Object.keys(calls))("%s", (name) => {
    const log: Log = [];
    const target = new EventTarget();
    calls[name]?.(log, target);
    target.dispatchEvent(new Event("x"));
    log.push("dispatched");
    return until(() => log.length === 3).then(() => {
      expect(log.map((line) => line.replace(/.* (begins|ends)/, "$1"))).toEqual(["begins", "dispatched", "ends"]);
    });
  });

  it("and can be removed again, by its name and as a member", () => {
    const log: Log = [];
    const target = new EventTarget();
    const component = {
      async listen(): Promise<void> {
        log.push("member");
      },
    };
    async function listener(): Promise<void> {
      log.push("name");
    }
    target.addEventListener("x", listener);
    target.addEventListener("x", component.listen);
    target.removeEventListener("x", listener);
    target.removeEventListener("x", component.listen);
    target.dispatchEvent(new Event("x"));
    expect(log).toEqual([]);
  });

  it("and can prevent the default", () => {
    const target = new EventTarget();
    target.addEventListener("x", async (event) => {
      event.preventDefault();
      await sleep(0);
    });
    expect(target.dispatchEvent(new Event("x", { cancelable: true }))).toBe(false);
  });
});

describe("native code that takes a function", () => {
  it("setTimeout, setInterval, queueMicrotask, new Promise and then()", () => {
    const log: Log = [];
    setTimeout(async () => await handler(log, "timeout"));
    queueMicrotask(async () => await handler(log, "microtask"));
    const interval = setInterval(async () => {
      clearInterval(interval);
      await handler(log, "interval");
    });
    // biome-ignore lint/suspicious/noAsyncPromiseExecutor: on purpose
    const made = new Promise<number>(async (resolve) => {
      log.push("executor");
      await sleep(0);
      resolve(1);
    });
    log.push("made");
    const chained = Promise.resolve(1).then(async (value) => {
      await sleep(0);
      return value + 1;
    });
    return Promise.all([made, chained, until(() => log.length === 8)]).then((values) => {
      expect(values).toEqual([1, 2, undefined]);
      expect(log.slice(0, 2)).toEqual(["executor", "made"]);
      for (const name of ["timeout", "microtask", "interval"]) {
        expect(log.indexOf(`${name} begins`)).toBeLessThan(log.indexOf(`${name} ends`));
      }
    });
  });

  it("a server's object of functions, and a helper that retries", () => {
    const server = {
      async fetch(path: string): Promise<string> {
        await sleep(0);
        return `page ${path}`;
      },
    };
    const serve = new Function("app", "return app.fetch('/')") as (app: typeof server) => Promise<string>;
    const retry = new Function(
      "fn",
      "const again = (n) => fn(n).catch((error) => { if (n < 2) return again(n + 1); throw error; }); return again(0);",
    ) as (fn: (n: number) => Promise<number>) => Promise<number>;
    const attempts = retry(async (n) => {
      await sleep(0);
      if (n < 2) throw new Error("not yet");
      return n;
    });
    return Promise.all([serve(server), attempts]).then((values) => expect(values).toEqual(["page /", 2]));
  });

  it("a promise is what it gets outside of tasks, the task inside", () => {
    const call = new Function("fn", "return fn()") as <T>(fn: () => T) => T;
    const promise = call(async () => 1);
    expect(Object.prototype.toString.call(promise)).toBe("[object Promise]");
    return promise.then((value) => {
      expect(value).toBe(1);
      const main = async (): Promise<void> => {
        const task = call(async () => 2);
        expect(task).toBeInstanceOf(Task);
        expect(await task).toBe(2);
      };
      return simulate(main());
    });
  });
});

describe("what forEach and map begin", () => {
  it("runs by itself; a run that ends over it says so, cancels it, and it cleans up", () => {
    const reports: ExceptionContext[] = [];
    const log: Log = [];
    const main = async (): Promise<void> => {
      [1, 2].forEach(async (n) => {
        try {
          await sleep(n === 1 ? 1 : 9);
        } finally {
          await sleep(1);
          log.push(`left ${n}`);
        }
      });
      await sleep(3);
    };
    return run(main(), { loopFactory: () => watchedLoop(reports) }).then(() => {
      expect(log).toEqual(["left 1", "left 2"]);
      expect(reports.map(({ message }) => message)).toEqual([
        expect.stringMatching(
          /^run\(\) has ended over 1 task that native code has begun: 1 from nativeCallers\.test\.ts:\d+$/,
        ),
      ]);
    });
  });

  it("map, a wait, and gather under a timeout, which cancels them all", () =>
    simulate(
      (async () => {
        const log: Log = [];
        try {
          await using _ = timeout(2);
          const tasks = [1, 2, 3].map(async (n) => {
            try {
              log.push(`begins ${n}`);
              await sleep(9);
            } finally {
              log.push(`left ${n}`);
            }
          });
          await sleep(1);
          await gather(tasks);
        } catch (error) {
          log.push(String(error instanceof TimeoutError));
        }
        expect(log).toEqual(["begins 1", "begins 2", "begins 3", "left 1", "left 2", "left 3", "true"]);
      })(),
    ));

  it("a failure that nothing awaits is reported in the next turn", () => {
    const reports: ExceptionContext[] = [];
    const main = async (): Promise<void> => {
      [1].forEach(async () => {
        await sleep(1);
        throw new RangeError("lost");
      });
      await sleep(1);
      for (let turn = 0; turn < 3; turn++) await null;
      expect(reports.map(({ exception }) => String(exception))).toEqual(["RangeError: lost"]);
      expect(reports[0]?.message).toContain("nativeCallers.test.ts:");
    };
    return simulate(main(), reports).then(() => expect(reports.length).toBe(1));
  });
});

describe("a call in a marked module is lazy", () => {
  const name = (): string | undefined => currentTask()?.getName();
  // Not the task itself: what is returned is awaited.
  const here = async (): Promise<string | undefined> => {
    await null;
    return name();
  };

  it("of a parameter, a member, a field, an item: it runs in the task that awaits it", () =>
    simulate(
      (async () => {
        const call = async (fn: () => Promise<unknown>): Promise<unknown> => await fn();
        const object = {
          here,
          async own() {
            return await here();
          },
        };
        class Klass {
          field = async (): Promise<unknown> => await here();
          held = here;
        }
        const instance = new Klass();
        const [item] = [here];
        expect(await call(here)).toBe(name());
        expect(await call(async () => await here())).toBe(name());
        expect(await object.here()).toBe(name());
        expect(await object.own()).toBe(name());
        expect(await instance.field()).toBe(name());
        expect(await instance.held()).toBe(name());
        expect(await item?.()).toBe(name());
      })(),
    ));

  it("tasks are made of what a callback returns", () =>
    simulate(
      (async () => {
        const start = (fn: () => Promise<unknown>): Task<unknown> => createTask(fn(), { name: "named" });
        const task = start(here);
        expect(await task).toBe("named");
        await using group = new TaskGroup();
        const inGroup = (fn: () => Promise<unknown>): Task<unknown> => group.createTask(fn());
        const child = inGroup(here);
        expect(await child).toBe(child.getName());
      })(),
    ));

  it("tsyncio's functions call what they are given in the same task, by name and by namespace", () =>
    simulate(
      (async () => {
        expect(await asyncWith(timeout(1), here)).toBe(name());
        expect(await tsyncio.asyncWith(timeout(1), async () => await here())).toBe(name());
        const seen: unknown[] = [];
        await tsyncio.asyncFor(
          (async function* () {
            yield 1;
          })(),
          async () => void seen.push(await here()),
        );
        expect(seen).toEqual([name()]);
        expect(
          await tsyncio.toArray(
            tsyncio.asyncMap(
              (async function* () {
                yield 1;
              })(),
              async () => await here(),
            ),
          ),
        ).toEqual([name()]);
        expect(getRunningLoop().isRunning()).toBe(true);
      })(),
    ));
});
