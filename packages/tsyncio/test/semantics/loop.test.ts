import { newEventLoop, RuntimeError, TimerHandle, virtualLoop } from "tsyncio";
import { describe, expect, it } from "vitest";
import { rejection } from "../support.ts";

describe("the ready queue", () => {
  it("is first in, first out, and one iteration runs only what was ready when it began", async () => {
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

  it("lets the platform have its turn between iterations, however busy the loop is", async () => {
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

  it("skips a handle that was cancelled, also by a callback of the same iteration", async () => {
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
  it("fire in the order of their deadlines, and equal deadlines in the order in which they were made", async () => {
    const loop = virtualLoop();
    const log: string[] = [];
    for (const name of ["0", "1", "2", "3", "4"]) loop.callAt(5, () => log.push(name));
    loop.callAt(3, () => log.push("first"));
    loop.callAt(7, () => loop.stop());
    await loop.runForever();
    expect(log).toEqual(["first", "0", "1", "2", "3", "4"]);
    expect(loop.time()).toBe(7);
  });

  it("run after what is already ready in the same iteration, callLater(0) after an earlier callSoon", async () => {
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

  it("fire however late it is, where numbers are too great to tell a nanosecond", async () => {
    for (const late of [1e7, 1e9, 1e15]) {
      const loop = virtualLoop();
      const log: number[] = [];
      loop.callAt(late, () => log.push(1));
      loop.callAt(late, () => log.push(2));
      loop.callAt(late * 2, () => loop.stop());
      await loop.runForever();
      expect([log, loop.time()]).toEqual([[1, 2], late * 2]);
    }
  });

  it("are swept when many are cancelled, and the others keep their order", async () => {
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

  it("cancelled at their deadline, by a callback of the same iteration, do not fire", async () => {
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
  it("lets the batch end, and what the batch has scheduled waits for the next run", async () => {
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

  it("before the run lets exactly one iteration run", async () => {
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

  it("makes runUntilComplete of a pending future fail", async () => {
    const loop = virtualLoop();
    loop.callSoon(() => loop.stop());
    const error = await rejection(loop.runUntilComplete(loop.createFuture()));
    expect(error).toBeInstanceOf(RuntimeError);
    expect((error as Error).message).toBe("Event loop stopped before Future completed.");
  });
});
