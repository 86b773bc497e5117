import {
  Future,
  getRunningLoop,
  isfuture,
  newEventLoop,
  run,
  runCoroutineThreadsafe,
  sleep,
  wait,
  wrapFuture,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { failure, thrownBy } from "../support.ts";

const inLoop = (main: () => Generator<never, void, unknown> | unknown) => run((main as () => never)());

describe("wrapFuture()", () => {
  it("makes a future of a promise, with its outcome", () =>
    inLoop(function* () {
      const future = wrapFuture(Promise.resolve(3));
      expect([isfuture(future), future.done()]).toEqual([true, false]);
      expect(yield* future).toBe(3);
      expect(future.result()).toBe(3);
      expect((yield* failure(() => wrapFuture(Promise.reject(new Error("no"))))).message).toBe("no");
    }));

  it("returns a future as it is", () =>
    inLoop(function* () {
      const future = getRunningLoop().createFuture();
      expect(wrapFuture(future) === future).toBe(true);
    }));

  it("belongs to the loop that is given", async () => {
    const loop = newEventLoop();
    const future = wrapFuture(Promise.resolve(3), { loop });
    expect(future.getLoop() === loop).toBe(true);
    expect(await loop.runUntilComplete(future)).toBe(3);
    loop.close();
  });

  it("cancels what can be cancelled: the task behind runCoroutineThreadsafe()", () =>
    inLoop(function* () {
      const log: string[] = [];
      function* body() {
        try {
          yield* sleep(10);
        } finally {
          log.push("cleaned up");
        }
      }
      const future = wrapFuture(runCoroutineThreadsafe(body(), getRunningLoop()));
      yield* sleep(0.01);
      future.cancel();
      yield* wait([future]);
      yield* sleep(0.01);
      expect(log).toEqual(["cleaned up"]);
    }));

  it("refuses what is not a promise", () =>
    inLoop(function* () {
      expect(String(thrownBy(() => wrapFuture(5 as never)))).toContain("wrapFuture expects a promise");
      expect(wrapFuture(Promise.resolve())).toBeInstanceOf(Future);
    }));

  it("is cancelled, and not reported, when the promise is rejected with CancelledError", () =>
    inLoop(function* () {
      const promise = runCoroutineThreadsafe(sleep(10), getRunningLoop());
      yield* sleep(0.01);
      const future = wrapFuture(promise);
      promise.cancel("why");
      yield* wait([future]);
      expect(future.cancelled()).toBe(true);
      expect((thrownBy(() => future.result()) as Error).message).toBe("why");
    }));
});
