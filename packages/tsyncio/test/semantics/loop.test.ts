import {
  EventLoop,
  type ExceptionContext,
  KeyboardInterrupt,
  newEventLoop,
  RuntimeError,
  SystemExit,
  sleep,
  TimerHandle,
  VirtualHost,
  virtualLoop,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { rejection, watchedLoop } from "../support.ts";

describe("the ready queue", () => {
  it("is first in, first out, and one iteration runs only what was ready when it began [1]", async () => {
    const loop = virtualLoop();
    const log: string[] = [];
    loop.callSoon(() => {
      log.push("a");
      loop.callSoon(() => log.push("next iteration"));
    });
    loop.callSoon((text: string) => log.push(text), "b");
    loop.callSoon(() => loop.stop());
    loop.callSoon(() => log.push("c"));
    await loop.runForever();
    expect(log).toEqual(["a", "b", "c"]);
    loop.stop();
    await loop.runForever();
    expect(log).toEqual(["a", "b", "c", "next iteration"]);
  });

  it("lets the platform have its turn between iterations, however busy the loop is [1]", async () => {
    const loop = newEventLoop();
    let stopped = false;
    const again = () => {
      if (!stopped) loop.callSoon(again);
    };
    again();
    Promise.resolve().then(() =>
      setTimeout(() => {
        stopped = true;
        loop.stop();
      }, 1),
    );
    await loop.runForever();
    expect(stopped).toBe(true);
    loop.close();
  });

  it("skips a handle that was cancelled, also by a callback of the same iteration [6]", async () => {
    const loop = virtualLoop();
    const log: string[] = [];
    const early = loop.callSoon(() => log.push("early"));
    early.cancel();
    loop.callSoon(() => late.cancel());
    const late = loop.callSoon(() => log.push("late"));
    loop.callSoon(() => loop.stop());
    expect([early.cancelled(), late.cancelled()]).toEqual([true, false]);
    await loop.runForever();
    expect(late.cancelled()).toBe(true);
    expect(log).toEqual([]);
  });
});

describe("timers", () => {
  it("fire in the order of their deadlines, and equal deadlines in the order in which they were made [2]", async () => {
    const loop = virtualLoop();
    const log: string[] = [];
    for (const name of ["0", "1", "2", "3", "4"]) loop.callAt(5, () => log.push(name));
    loop.callAt(3, () => log.push("first"));
    loop.callAt(7, () => loop.stop());
    await loop.runForever();
    expect(log).toEqual(["first", "0", "1", "2", "3", "4"]);
    expect(loop.time()).toBe(7);
  });

  it("run after what is already ready in the same iteration, callLater(0) after an earlier callSoon [3]", async () => {
    const loop = virtualLoop();
    const log: string[] = [];
    loop.callLater(0, () => log.push("timer"));
    loop.callAt(-1, () => log.push("overdue"));
    loop.callSoon(() => {
      log.push("ready");
      loop.callLater(0, () => {
        log.push("later timer");
        loop.stop();
      });
      loop.callSoon(() => log.push("later ready"));
    });
    await loop.runForever();
    expect(log).toEqual(["ready", "overdue", "timer", "later ready", "later timer"]);
  });

  it("are swept when many are cancelled, and the others keep their order [6]", async () => {
    const loop = virtualLoop();
    const log: number[] = [];
    const timers = Array.from({ length: 500 }, (_, i) => loop.callAt(1 + Math.floor(i / 50), () => log.push(i)));
    for (const [i, timer] of timers.entries()) if (i % 5 !== 0) timer.cancel();
    loop.callAt(0.5, () => loop.callAt(1, () => log.push(1000)));
    loop.callAt(100, () => loop.stop());
    await loop.runForever();
    const expected = Array.from({ length: 100 }, (_, i) => i * 5);
    expected.splice(10, 0, 1000); // the newest of those that are due at 1
    expect(log).toEqual(expected);
  });

  it("cancelled at their deadline, by a callback of the same iteration, do not fire [6]", async () => {
    const loop = virtualLoop();
    const log: string[] = [];
    loop.callAt(1, () => second.cancel());
    const second = loop.callAt(1, () => log.push("second"));
    loop.callAt(2, () => loop.stop());
    await loop.runForever();
    expect(log).toEqual([]);
    expect(second).toBeInstanceOf(TimerHandle);
    expect(second.when()).toBe(1);
    expect(String(second)).toContain("cancelled");
  });
});

describe("stop()", () => {
  it("lets the batch end, and what the batch has scheduled waits for the next run [4]", async () => {
    const loop = virtualLoop();
    const log: string[] = [];
    loop.callSoon(() => {
      loop.stop();
      loop.callSoon(() => log.push("of the next run"));
    });
    loop.callSoon(() => log.push("of this batch"));
    await loop.runForever();
    expect(log).toEqual(["of this batch"]);
    expect(loop.isRunning()).toBe(false);
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    expect(log).toEqual(["of this batch", "of the next run"]);
  });

  it("before the run lets exactly one iteration run [4]", async () => {
    const loop = virtualLoop();
    const log: number[] = [];
    const again = (n: number) => {
      log.push(n);
      loop.callSoon(again, n + 1);
    };
    loop.callSoon(again, 1);
    loop.stop();
    await loop.runForever();
    expect(log).toEqual([1]);
  });

  it("makes runUntilComplete of a pending future fail [4]", async () => {
    const loop = virtualLoop();
    loop.callSoon(() => loop.stop());
    const error = await rejection(loop.runUntilComplete(loop.createFuture()));
    expect(error).toBeInstanceOf(RuntimeError);
    expect((error as Error).message).toBe("Event loop stopped before Future completed.");
  });
});

describe("an exception in a callback", () => {
  it("goes to the exception handler, and the rest of the batch and the loop go on [5]", async () => {
    const reports: ExceptionContext[] = [];
    const loop = watchedLoop(reports);
    const log: string[] = [];
    const error = new Error("broken");
    const handle = loop.callSoon(function breaks() {
      throw error;
    });
    loop.callSoon(() => log.push("same batch"));
    loop.callLater(1, () => {
      log.push("later");
      loop.stop();
    });
    await loop.runForever();
    expect(log).toEqual(["same batch", "later"]);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ exception: error, handle });
    expect(reports[0]?.message).toContain("Exception in callback breaks()");
  });

  it("in the exception handler itself goes to the default one [5]", async () => {
    const texts: string[] = [];
    const errors: unknown[] = [];
    const loop = new EventLoop({
      host: new VirtualHost({
        report: (text, error) => {
          texts.push(text);
          errors.push(error);
        },
      }),
    });
    const second = new Error("the handler is broken");
    loop.setExceptionHandler(() => {
      throw second;
    });
    loop.callSoon(() => {
      throw new Error("first");
    });
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    expect(texts[0]).toContain("Unhandled error in exception handler");
    expect(errors).toEqual([second]);
  });

  it("is printed by the default handler when none is set [5]", async () => {
    const reports: ExceptionContext[] = [];
    const loop = watchedLoop(reports);
    loop.setExceptionHandler(null);
    expect(loop.getExceptionHandler()).toBe(null);
    const error = new Error("nobody listens");
    loop.callSoon(() => {
      throw error;
    });
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    expect(reports).toHaveLength(1);
    expect(reports[0]?.exception).toBe(error);
  });

  it("leaves the loop at once when it is KeyboardInterrupt or SystemExit; the rest of the batch stays [5]", async () => {
    for (const exit of [new KeyboardInterrupt(), new SystemExit(3)]) {
      const reports: ExceptionContext[] = [];
      const loop = watchedLoop(reports);
      const log: string[] = [];
      loop.callSoon(() => {
        throw exit;
      });
      loop.callSoon(() => log.push("rest"));
      expect(await rejection(loop.runForever())).toBe(exit);
      expect(log).toEqual([]);
      loop.callSoon(() => loop.stop());
      await loop.runForever();
      expect(log).toEqual(["rest"]);
      expect(reports).toEqual([]);
    }
  });
});

describe("debug mode", () => {
  /** A host whose clock a callback can move on, as if it had worked so long. */
  class BusyHost extends VirtualHost {
    worked = 0;
    override now(): number {
      return super.now() + this.worked;
    }
  }

  it("reports a callback or step that takes slowCallbackDuration or longer [7]", async () => {
    const reports: string[] = [];
    const host = new BusyHost({ report: (text) => reports.push(text) });
    const loop = new EventLoop({ host });
    const work = (seconds: number) => {
      host.worked += seconds;
    };
    expect(loop.slowCallbackDuration).toBe(0.1);
    expect(loop.getDebug()).toBe(false);
    await loop.runUntilComplete(sleep(0));
    function* slowTask() {
      yield* sleep(0);
      work(0.25);
      yield* sleep(0);
      work(0.05);
    }
    const main = () => loop.createTask(slowTask(), { name: "the slow one" });
    await loop.runUntilComplete(main());
    expect(reports).toEqual([]);
    loop.setDebug(true);
    await loop.runUntilComplete(main());
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatch(/^Executing <Task [^]*took 0\.250 seconds/);
    expect(reports[0]).toContain("the slow one");
    loop.callSoon(function heavy() {
      work(3);
      loop.stop();
    });
    await loop.runForever();
    expect(reports[1]).toMatch(/^Executing <Handle heavy\(\)> took 3\.000 seconds/);
  });

  it("and any mode refuses a coroutine as a callback [7]", () => {
    const loop = virtualLoop();
    const callback = sleep(1) as never;
    for (const refused of [() => loop.callSoon(callback), () => loop.callLater(1, callback), () => loop.callAt(1, callback)]) {
      expect(refused).toThrow(/expects a function, got a coroutine: use createTask/);
    }
  });
});
