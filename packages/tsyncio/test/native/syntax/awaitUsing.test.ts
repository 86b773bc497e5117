"use tsyncio";
/**
 * Rule 4: `await using` is `asyncWith`. Each program is written both ways, and must leave the same log with the same
 * times.
 */

import {
  type AsyncContextManager,
  abortable,
  asyncWith,
  Barrier,
  BoundedSemaphore,
  Condition,
  createTask,
  currentTask,
  fromWritableStream,
  getRunningLoop,
  isCancelled,
  Lock,
  run,
  Semaphore,
  sleep,
  TaskGroup,
  timeout,
  timeoutAt,
  virtualLoop,
} from "tsyncio";
import { expect, it } from "vitest";

type Log = (text: string) => void;
type Manager = AsyncContextManager<unknown> & AsyncDisposable;

/** Both ways to write a block. */
type With = <M extends Manager>(manager: M, body: (manager: M) => Promise<unknown>) => Promise<unknown>;

const ways: Record<string, With> = {
  async "await using"(manager, body) {
    await using entered = manager;
    return await body(entered);
  },
  async asyncWith(manager, body) {
    return await asyncWith(manager, async () => await body(manager));
  },
};

function textOf(error: unknown): string {
  const { exceptions, name } = error as { exceptions?: unknown[]; name: string };
  return exceptions === undefined ? String(error) : `${name}[${exceptions.map(textOf).join()}]`;
}

async function child(log: Log, name: string, seconds: number, fails = false): Promise<void> {
  try {
    await sleep(seconds);
    if (fails) throw new Error(`${name} failed`);
    log(`${name} done`);
  } catch (error) {
    if (isCancelled(error)) log(`${name} cancelled`);
    throw error;
  } finally {
    await sleep(0.5);
    log(`${name} clean`);
  }
}

const programs: Record<string, (enter: With, log: Log) => Promise<unknown>> = {
  "a group with two children": async (enter, log) => {
    await enter(new TaskGroup(), async (group) => {
      group.createTask(child(log, "a", 1));
      group.createTask(child(log, "b", 2));
      log("body");
    });
    log("after");
  },
  "a group whose child fails": (enter, log) =>
    enter(new TaskGroup(), async (group) => {
      group.createTask(child(log, "a", 1, true));
      group.createTask(child(log, "b", 2));
      await sleep(10);
      log("not reached");
    }),
  "a group whose body fails": (enter, log) =>
    enter(new TaskGroup(), async (group) => {
      group.createTask(child(log, "a", 1));
      await sleep(0.1);
      throw new Error("body");
    }),
  "a group of which both fail": (enter, log) =>
    enter(new TaskGroup(), async (group) => {
      group.createTask(child(log, "a", 1, true));
      try {
        await sleep(10);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: on purpose
        throw new Error("body too");
      }
    }),
  "a group of which two fail in one turn": (enter, log) =>
    enter(new TaskGroup(), async (group) => {
      group.createTask(child(log, "a", 1, true));
      group.createTask(child(log, "b", 1, true));
    }),
  "group.cancel()": async (enter, log) => {
    await enter(new TaskGroup(), async (group) => {
      group.createTask(child(log, "a", 1));
      await sleep(0.5);
      group.cancel();
      await sleep(5);
      log("not reached");
    });
    log("after");
  },
  "a timeout": (enter, log) => enter(timeout(1), () => child(log, "a", 5)),
  "a timeout that is in time": async (enter, log) => {
    await enter(timeout(5), async (scope) => {
      await child(log, "a", 1);
      log(String(scope.expired()));
    });
    log("after");
  },
  "two timeouts, the outer first": (enter, log) =>
    enter(timeout(1), async () => {
      await enter(timeout(2), () => child(log, "a", 5));
      log("not reached");
    }),
  "two timeouts, the inner first": (enter, log) =>
    enter(timeout(2), async () => {
      try {
        await enter(timeout(1), () => child(log, "a", 5));
      } catch (error) {
        log(textOf(error));
      }
      await sleep(0.1);
      log("goes on");
    }),
  "a timeout over a group": (enter, log) =>
    enter(timeout(1), () =>
      enter(new TaskGroup(), async (group) => {
        group.createTask(child(log, "a", 5));
        group.createTask(child(log, "b", 5));
      }),
    ),
  "a group over a timeout": (enter, log) =>
    enter(new TaskGroup(), async (group) => {
      group.createTask(child(log, "a", 3));
      await enter(timeout(1), () => child(log, "b", 5));
    }),
  "a timeout that is moved": async (enter, log) => {
    await enter(timeout(1), async (scope) => {
      await sleep(0.5);
      scope.reschedule((scope.when() ?? 0) + 5);
      await child(log, "a", 3);
    });
    log("after");
  },
  "a timeout in the past": (enter, log) =>
    enter(timeoutAt(getRunningLoop().time() - 1), async () => {
      log("begins");
      await sleep(0);
      log("not reached");
    }),
  "a group that is cancelled from outside": async (enter, log) => {
    const body = async (): Promise<void> => {
      await enter(new TaskGroup(), async (group) => {
        group.createTask(child(log, "a", 5));
        await sleep(9);
      });
    };
    const task = createTask(body());
    await sleep(1);
    task.cancel("go");
    try {
      await task;
    } catch (error) {
      if (isCancelled(error)) log(textOf(error));
    }
    log(`${task.cancelled()}`);
  },
  "a group that is cancelled while a child fails": async (enter, log) => {
    const body = async (): Promise<void> => {
      await enter(new TaskGroup(), async (group) => {
        group.createTask(child(log, "a", 1, true));
        await sleep(9);
      });
    };
    const task = createTask(body());
    await sleep(1.2);
    task.cancel("go");
    try {
      await task;
    } catch (error) {
      log(`${textOf(error)} ${isCancelled(error)}`);
    }
    log(`${task.cancelled()} ${task.cancelling()}`);
  },
  "nested groups": (enter, log) =>
    enter(new TaskGroup(), async (outer) => {
      outer.createTask(child(log, "outer", 5));
      await enter(new TaskGroup(), async (inner) => {
        inner.createTask(child(log, "inner", 1, true));
      });
    }),
  "the count of cancellations afterwards": async (enter, log) => {
    try {
      await enter(timeout(1), async () => await sleep(5));
    } catch (error) {
      log(textOf(error));
    }
    log(String(currentTask()?.cancelling()));
  },
  "a scope that a signal ends": (enter, log) => {
    const controller = new AbortController();
    getRunningLoop().callLater(1, () => controller.abort(new RangeError("aborted")));
    return enter(abortable(controller.signal), () => child(log, "a", 5));
  },
  "a stream that is closed, or aborted": async (enter, log) => {
    for (const fails of [false, true]) {
      const stream = new WritableStream({
        close: () => log("closed"),
        abort: (reason) => log(`aborted: ${reason}`),
      });
      try {
        await enter(fromWritableStream(stream), async () => {
          if (fails) throw new Error("body");
        });
      } catch (error) {
        log(textOf(error));
      }
    }
  },
};

/** What is acquired by one task, and then by the next. */
for (const [name, make] of Object.entries({
  "a lock": () => new Lock(),
  "a semaphore": () => new Semaphore(1),
  "a bounded semaphore": () => new BoundedSemaphore(1),
  "a condition": () => new Condition(),
})) {
  programs[name] = async (enter, log) => {
    const shared = make();
    await using group = new TaskGroup();
    for (const n of [1, 2]) {
      group.createTask(
        (async () => {
          try {
            await enter(shared, async () => {
              log(`${n} in`);
              await sleep(1);
              if (n === 1) throw new Error("first");
            });
          } catch (error) {
            log(textOf(error));
          }
        })(),
      );
    }
  };
}

/** The log of a program, with the times, and how it has ended. */
async function logOf(program: (log: Log) => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const loop = getRunningLoop();
  const begin = loop.time();
  const log: Log = (text) => void lines.push(`${(loop.time() - begin).toFixed(1)} ${text}`);
  try {
    log(`= ${await program(log)}`);
  } catch (error) {
    log(`! ${textOf(error)}`);
  }
  return lines;
}

it.each(Object.keys(programs))("%s", (name) => {
  const program = programs[name] as (enter: With, log: Log) => Promise<unknown>;
  // Streams settle in real time, which nothing can be said of.
  const real = name.startsWith("a stream");
  const logWith = async (way: With): Promise<string[]> => {
    const lines = await logOf((log) => program(way, log));
    return real ? lines.map((line) => line.replace(/^\S+ /, "")) : lines;
  };
  const logs = Object.values(ways).map((way) => run(logWith(way), real ? {} : { loopFactory: virtualLoop }));
  return Promise.all(logs).then(([native, asyncio]) => {
    expect(native?.length).toBeGreaterThan(1);
    expect(native).toEqual(asyncio);
  });
});

it("a barrier, whose aenter() returns a number", () =>
  run(
    (async () => {
      const barrier = new Barrier(2);
      const passes = async (): Promise<void> => {
        await using _ = barrier as Barrier & AsyncDisposable;
      };
      createTask(passes());
      await passes();
      expect(barrier.nWaiting).toBe(0);
    })(),
    { loopFactory: virtualLoop },
  ));

it("one can return out of the block, after the children have ended", () =>
  run(
    (async () => {
      const log: string[] = [];
      const f = async (): Promise<string> => {
        await using group = new TaskGroup();
        group.createTask(child((text) => log.push(text), "a", 1));
        return "value";
      };
      expect(await f()).toBe("value");
      expect(log).toEqual(["a done", "a clean"]);
    })(),
    { loopFactory: virtualLoop },
  ));

it("several in one block are left in reverse order", () =>
  run(
    (async () => {
      const log: string[] = [];
      const resource = (name: string): AsyncDisposable => ({
        async [Symbol.asyncDispose]() {
          await sleep(1);
          log.push(name);
        },
      });
      const disposable: Disposable = { [Symbol.dispose]: () => void log.push("sync") };
      {
        await using _a = resource("a"),
          _b = resource("b");
        using _c = disposable;
        await using _d = resource("d");
        log.push("body");
      }
      expect(log).toEqual(["body", "d", "sync", "b", "a"]);
    })(),
    { loopFactory: virtualLoop },
  ));
