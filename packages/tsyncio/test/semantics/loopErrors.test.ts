import {
  EventLoop,
  type ExceptionContext,
  KeyboardInterrupt,
  SystemExit,
  sleep,
  VirtualHost,
  virtualLoop,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { rejection, watchedLoop } from "../support.ts";

describe("an exception in a callback", () => {
  it("goes to the exception handler, and the rest of the batch and the loop go on", async () => {
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

  it("in the exception handler itself goes to the default one", async () => {
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
    expect(texts[0]).toContain("context: Exception in callback <anonymous>(): Error: first");
    expect(errors).toEqual([second]);
  });

  it("is printed by the default handler when none is set", async () => {
    const reports: ExceptionContext[] = [];
    const loop = watchedLoop(reports);
    loop.setExceptionHandler(null);
    expect(loop.getExceptionHandler()).toBe(null);
    const error = new Error("no server listens");
    loop.callSoon(() => {
      throw error;
    });
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    expect(reports).toHaveLength(1);
    expect(reports[0]?.exception).toBe(error);
  });

  it("leaves the loop at once when it is KeyboardInterrupt or SystemExit; the rest of the batch stays", async () => {
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

  it("reports a callback or step that takes slowCallbackDuration or longer", async () => {
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
    expect(reports[0]).toMatch(/^Executing <Task [\s\S]*took 0\.250 seconds/);
    expect(reports[0]).toContain("the slow one");
    loop.callSoon(function heavy() {
      work(3);
      loop.stop();
    });
    await loop.runForever();
    expect(reports[1]).toMatch(/^Executing <Handle heavy\(\)> took 3\.000 seconds/);
  });

  it("and any mode refuses a coroutine as a callback", () => {
    const loop = virtualLoop();
    const callback = sleep(1) as never;
    for (const refused of [
      () => loop.callSoon(callback),
      () => loop.callLater(1, callback),
      () => loop.callAt(1, callback),
    ]) {
      expect(refused).toThrow(/expects a plain function, got a coroutine: write createTask/);
    }
  });
});
