import {
  abortable,
  asyncWith,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  EventLoop,
  type ExceptionContext,
  getRunningLoop,
  isCancelled,
  run,
  sleep,
  type Task,
  TaskGroup,
  timeout,
  VirtualHost,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { watchedLoop } from "../support.ts";
import { reportsOf } from "./stacks.ts";

/** `run(main())` in debug mode; what the exception handler was told. */
async function contextsOf(main: () => Coroutine<unknown>, debug = true): Promise<ExceptionContext[]> {
  const contexts: ExceptionContext[] = [];
  await run(main(), { debug, loopFactory: () => watchedLoop(contexts) });
  return contexts;
}

function* cancelled(task: Task<unknown>): Coroutine<void> {
  yield* sleep(0);
  task.cancel();
  yield* sleep(1);
}

describe("debug mode reports a swallowed cancellation", () => {
  function* careless(): Coroutine<string> {
    try {
      yield* sleep(10);
    } catch {
      // whatever it was
    }
    return "as if nothing had been";
  }

  it("of a task that ended normally: which one, where it waited, what cancelled it, what to do", async () => {
    const [context, ...more] = await contextsOf(function* main() {
      const task = createTask(careless(), { name: "careless one" });
      yield* createTask(cancelled(task), { name: "canceller" });
      expect(task.result()).toBe("as if nothing had been");
    });
    expect(more).toEqual([]);
    expect(String(context?.task)).toContain("careless one");
    expect(context?.message).toContain("Task was cancelled, swallowed the CancelledError, and ended normally.");
    expect(context?.message).toContain("if (isCancelled(e)) throw e;");
    expect(context?.message).toContain("It was cancelled by canceller where it waited:");
    expect(context?.message).toMatch(/\n\s+at careless\b.*:\d+|\ncareless@.*:\d+/);
    expect(context?.sourceTraceback).toContain("main");
  });

  it("and not where the debug mode is off", async () => {
    const main = function* () {
      yield* cancelled(createTask(careless()));
    };
    expect((await contextsOf(main)).length).toBe(1);
    expect(await contextsOf(main, false)).toEqual([]);
  });

  const innocent: [string, () => Coroutine<unknown>][] = [
    [
      "lets it pass",
      function* () {
        yield* sleep(10);
      },
    ],
    [
      "rethrows it",
      function* () {
        try {
          yield* sleep(10);
        } catch (e) {
          if (isCancelled(e)) throw e;
        }
      },
    ],
    [
      "ends with an error of its own",
      function* () {
        try {
          yield* sleep(10);
        } catch {
          throw new Error("own");
        }
      },
    ],
    [
      "takes it back by uncancel()",
      function* (): Coroutine<void> {
        try {
          yield* sleep(10);
        } catch {
          self.uncancel();
        }
      },
    ],
  ];
  let self: Task<unknown>;
  it.each(innocent)("and not of a task that %s", async (_, body) => {
    const contexts = await contextsOf(function* () {
      self = createTask(body());
      yield* cancelled(self);
      self.cancelled() || self.exception();
    });
    expect(contexts).toEqual([]);
  });

  it("and not of timeouts and groups, which take their own cancellations back", async () => {
    const contexts = await contextsOf(function* () {
      try {
        yield* waitFor(sleep(5), 1);
      } catch {}
      try {
        yield* asyncWith(timeout(1), function* () {
          yield* sleep(5);
        });
      } catch {}
      try {
        yield* asyncWith(new TaskGroup(), function* (group) {
          group.createTask(
            (function* () {
              yield* sleep(1);
              throw new Error("child");
            })(),
          );
          yield* sleep(5);
        });
      } catch {}
      yield* asyncWith(new TaskGroup(), function* (group) {
        group.cancel();
        yield* sleep(5);
      });
    });
    expect(contexts).toEqual([]);
  });

  function* fails(): Coroutine<never> {
    yield* sleep(1);
    throw new Error("child");
  }
  /** Blocks that something else than `cancel()` of their task cancels; `body` is what they do all the time. */
  const blocks: [string, (body: () => Coroutine<unknown>) => Coroutine<unknown>][] = [
    ["its timeout", (body) => asyncWith(timeout(1), body)],
    ["its timeout", (body) => waitFor(body(), 1)],
    [
      "its signal",
      (body) => {
        const controller = new AbortController();
        getRunningLoop().callLater(1, () => controller.abort());
        return asyncWith(abortable(controller.signal), body);
      },
    ],
    [
      "its TaskGroup",
      (body) =>
        asyncWith(new TaskGroup(), function* (group) {
          getRunningLoop().callLater(1, () => group.cancel());
          yield* body();
        }),
    ],
    [
      "its TaskGroup",
      (body) =>
        asyncWith(new TaskGroup(), function* (group) {
          group.createTask(fails());
          yield* body();
        }),
    ],
  ];
  /** What a task does with the error of its block is its own affair. */
  const runBlock = (block: () => Coroutine<unknown>) =>
    function* main(): Coroutine<void> {
      try {
        yield* block();
      } catch {}
    };

  it.each(blocks)("of a block that %s has cancelled: where it waited, what to do", async (what, block) => {
    const [context, ...more] = await contextsOf(runBlock(() => block(careless)));
    expect(more).toEqual([]);
    expect(context?.message).toContain(
      `A block that ${what} has cancelled swallowed the CancelledError, and ended normally. Rethrow it: catch (e) {`,
    );
    expect(context?.message).toMatch(
      /\nIt was cancelled( by Task-\d+)? where it waited:\n\s+at careless\b.*:\d+|\ncareless@.*:\d+/,
    );
    expect(
      await contextsOf(
        runBlock(() => block(careless)),
        false,
      ),
    ).toEqual([]);
  });

  it.each(blocks)("and not of a block that %s has cancelled, and that ends as it should", async (_, block) => {
    for (const body of [
      ...innocent.slice(0, 3).map(([, one]) => one),
      // It refuses.
      function* () {
        yield* careless();
        currentTask()?.uncancel();
      },
    ]) {
      expect(await contextsOf(runBlock(() => block(body)))).toEqual([]);
    }
  });

  it("of the task that swallowed it, and not of the block that waited for that task", async () => {
    for (const [, block] of blocks) {
      const contexts = await contextsOf(
        runBlock(() =>
          block(function* () {
            yield* createTask(careless(), { name: "careless one" });
          }),
        ),
      );
      expect(contexts.map((context) => String(context.task))).toEqual([expect.stringContaining("careless one")]);
    }
  });

  it("of a task that was cancelled twice and swallowed both: once, with the first place", async () => {
    const contexts = await contextsOf(function* main() {
      function* firstPlace() {
        yield* careless();
      }
      function* secondPlace() {
        yield* careless();
      }
      function* twice() {
        yield* firstPlace();
        yield* secondPlace();
      }
      const task = createTask(twice());
      yield* cancelled(task);
      yield* cancelled(task);
    });
    expect(contexts.length).toBe(1);
    expect(contexts[0]?.message).toContain("firstPlace");
    expect(contexts[0]?.message).not.toContain("secondPlace");
  });
});

describe("debug mode says where things were made", () => {
  it("a task whose exception was never retrieved", async () => {
    const [context] = await contextsOf(function* main() {
      function* makesTask() {
        createTask(fails());
      }
      yield* makesTask();
      yield* sleep(1);
    });
    function* fails() {
      throw new Error("lost");
    }
    expect(context?.message).toBe("Task exception was never retrieved");
    const names = context?.sourceTraceback?.split("\n").map((line) => /(?:^|\bat )(makesTask|main)\b/.exec(line)?.[1]);
    expect(names).toEqual(["makesTask", "main"]);
  });

  it("a future, a callback, and a timer", async () => {
    const contexts = await contextsOf(function* main() {
      const loop = getRunningLoop();
      function makesFuture() {
        loop.createFuture().setException(new Error("lost"));
      }
      function makesCallback() {
        loop.callSoon(fails);
      }
      function makesTimer() {
        loop.callLater(0.5, fails);
      }
      function fails() {
        throw new Error("in a callback");
      }
      makesFuture();
      makesCallback();
      makesTimer();
      yield* sleep(1);
    });
    const found = contexts.map(({ message, sourceTraceback }) => [
      message,
      /\bmakes\w+/.exec(sourceTraceback ?? "")?.[0],
    ]);
    expect(found).toEqual([
      ["Exception in callback fails()", "makesCallback"],
      ["Exception in callback fails()", "makesTimer"],
      ["Future exception was never retrieved", "makesFuture"],
    ]);
  });

  it("in the text of the default handler too, and only in debug mode", async () => {
    const main = function* main() {
      getRunningLoop().callSoon(function fails() {
        throw new Error("in a callback");
      });
      yield* sleep(1);
    };
    expect((await reportsOf(main))[0]).toMatch(
      /^Exception in callback fails\(\)\nhandle: <Handle fails\(\)>\nObject created at:\n.*main/,
    );
    expect(await reportsOf(main, false)).toEqual(["Exception in callback fails()\nhandle: <Handle fails()>"]);
  });
});

describe("debug mode reports slow callbacks", () => {
  /** A clock that goes on by itself. */
  class SlowHost extends VirtualHost {
    readonly texts: string[];
    offset = 0;
    constructor(texts: string[]) {
      super({ report: (text) => texts.push(text) });
      this.texts = texts;
    }
    override now(): number {
      return super.now() + this.offset;
    }
  }

  async function slow(main: (host: SlowHost) => Coroutine<unknown>, debug = true): Promise<string[]> {
    const host = new SlowHost([]);
    await run(main(host), { debug, loopFactory: () => new EventLoop({ host }) });
    return host.texts;
  }

  it("with the stack of the coroutine, where it came to wait, and where the task was made", async () => {
    const texts = await slow(function* main(host) {
      function* inner() {
        yield* sleep(1);
        host.offset += 0.25;
        yield* sleep(1);
      }
      const flat = coroutine(function* flat() {
        yield* inner();
      });
      yield* createTask(flat(), { name: "slow one" });
    });
    expect(texts.length).toBe(1);
    const lines = texts[0]?.split("\n") ?? [];
    expect(lines[0]).toMatch(/^Executing <Task pending name="slow one".*> took 0\.250 seconds$/);
    expect(lines[1]).toBe("It then came to wait here:");
    expect(lines.slice(2, 4).map((line) => /\b(inner|flat)\b/.exec(line)?.[0])).toEqual(["inner", "flat"]);
    expect(lines[4]).toBe("It was created here:");
    expect(lines[5]).toContain("main");
  });

  it("of plain callbacks and done callbacks by their names", async () => {
    const texts = await slow(function* main(host) {
      const loop = getRunningLoop();
      loop.callSoon(function slowly() {
        host.offset += 1;
      });
      const future = loop.createFuture<void>();
      future.addDoneCallback(function whenDone() {
        host.offset += 2;
      });
      future.setResult();
      yield* sleep(5);
    });
    expect(texts.map((text) => text.split("\n")[0])).toEqual([
      "Executing <Handle slowly()> took 1.000 seconds",
      "Executing <Handle whenDone()> took 2.000 seconds",
    ]);
  });

  it("from loop.slowCallbackDuration on, 0.1 seconds at first, and only in debug mode", async () => {
    const main = (limit: number | null) =>
      function* (host: SlowHost) {
        if (limit !== null) getRunningLoop().slowCallbackDuration = limit;
        yield* sleep(0);
        host.offset += 0.5;
        yield* sleep(0);
      };
    expect((await slow(main(null))).length).toBe(1);
    expect((await slow(main(0.4))).length).toBe(1);
    expect((await slow(main(0.6))).length).toBe(0);
    expect((await slow(main(null), false)).length).toBe(0);
  });
});
