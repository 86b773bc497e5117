import {
  CancelledError,
  createTask,
  type ExceptionContext,
  fromCallback,
  getRunningLoop,
  run,
  sleep,
  TimeoutError,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

const later = (seconds: number, call: () => void) => getRunningLoop().callLater(seconds, call);

/** A handle that knows whether it was returned. */
class Handle {
  closed = 0;
  [Symbol.dispose](): void {
    this.closed++;
  }
}

describe("fromCallback", () => {
  it("returns what resolve was given, and throws what reject was given", () =>
    simulate(function* () {
      expect(yield* fromCallback<string>((resolve) => later(1, () => resolve("later")))).toBe("later");
      expect(yield* fromCallback<string>((resolve) => resolve("at once"))).toBe("at once");
      expect(yield* fromCallback((resolve) => resolve())).toBe(undefined);
      const failed = fromCallback((_, reject) => later(1, () => reject(new Error("failed"))));
      expect(String(yield* errorOf(failed))).toBe("Error: failed");
      const throws = fromCallback(() => {
        throw new Error("thrown");
      });
      expect(String(yield* errorOf(throws))).toBe("Error: thrown");
    }));

  it("begins when it is awaited", () =>
    simulate(function* () {
      let begun = false;
      const waiting = fromCallback<number>((resolve) => {
        begun = true;
        resolve(1);
      });
      yield* sleep(1);
      expect(begun).toBe(false);
      yield* waiting;
      expect(begun).toBe(true);
    }));

  it("the first call counts", () =>
    simulate(function* () {
      const both = fromCallback<number>((resolve, reject) => {
        resolve(1);
        resolve(2);
        reject(new Error("too late"));
        throw new Error("too late as well");
      });
      expect(yield* both).toBe(1);
    }));

  it("calls the cleanup once, however the wait ends, and the signal aborts only by a cancellation", () =>
    simulate(function* () {
      const log: string[] = [];
      const begin = (name: string, how: (resolve: () => void, reject: (error: unknown) => void) => void) =>
        fromCallback((resolve, reject, signal) => {
          signal.addEventListener("abort", () => log.push(`${name} aborts: ${signal.reason.message}`));
          how(resolve, reject);
          return () => log.push(`${name} cleans up`);
        });
      yield* begin("at once", (resolve) => resolve());
      yield* begin("later", (resolve) => later(1, resolve));
      yield* errorOf(begin("fails", (_, reject) => later(1, () => reject(new Error()))));
      const task = createTask(begin("cancelled", () => {}));
      yield* sleep(1);
      task.cancel("enough");
      yield* errorOf(task);
      expect(task.cancelled()).toBe(true);
      expect(log).toEqual([
        "at once cleans up",
        "later cleans up",
        "fails cleans up",
        "cancelled aborts: enough",
        "cancelled cleans up",
      ]);
    }));

  it("cleans up as soon as it is called back, not only when the task goes on", () =>
    simulate(function* () {
      const log: string[] = [];
      const task = createTask(
        fromCallback((resolve) => {
          later(1, () => {
            resolve();
            log.push("resolved");
          });
          return () => log.push("cleaned up");
        }),
      );
      yield* task;
      expect(log).toEqual(["cleaned up", "resolved"]);
    }));

  it("a value that comes after the cancellation, or in its turn, goes to late, else is disposed of", () =>
    simulate(function* () {
      for (const turn of ["before", "same", "after"]) {
        for (const late of [null, (handle: Handle) => handle[Symbol.dispose]()]) {
          const handle = new Handle();
          let resolve = (_: Handle): void => {};
          const task = createTask(
            fromCallback<Handle>(
              (given) => {
                resolve = given;
              },
              { late },
            ),
          );
          yield* sleep(1);
          if (turn === "before") resolve(handle);
          task.cancel();
          if (turn === "same") resolve(handle);
          expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
          if (turn === "after") resolve(handle);
          expect([turn, handle.closed]).toEqual([turn, 1]);
        }
      }
    }));

  it("an error that comes too late is reported, unless it says that the work was aborted; and so is a failed cleanup", async () => {
    const reports: ExceptionContext[] = [];
    await simulate(function* () {
      for (const error of [new Error("lost"), Object.assign(new Error(), { name: "AbortError" })]) {
        let reject = (_: unknown): void => {};
        const task = createTask(
          fromCallback((_, given) => {
            reject = given;
          }),
        );
        yield* sleep(1);
        task.cancel();
        yield* errorOf(task);
        reject(error);
      }
      yield* fromCallback((resolve) => {
        resolve();
        return () => {
          throw new Error("in the cleanup");
        };
      });
    }, reports);
    expect(reports.map(({ message, exception }) => `${message}: ${exception}`)).toEqual([
      "fromCallback() was told of an error after the task that waited for it had been cancelled: Error: lost",
      "The cleanup of fromCallback() has failed: Error: in the cleanup",
    ]);
  });

  it("with settle waits, shielded, until the work has called back, and cleans up after that", () =>
    simulate(function* () {
      const log: string[] = [];
      const loop = getRunningLoop();
      const task = createTask(
        fromCallback(
          (resolve, _, signal) => {
            signal.addEventListener("abort", () => later(2, resolve));
            return () => log.push(`cleaned up at ${loop.time()}`);
          },
          { settle: 10 },
        ),
      );
      yield* sleep(1);
      task.cancel();
      yield* sleep(1);
      task.cancel();
      yield* errorOf(task);
      expect([log, loop.time()]).toEqual([["cleaned up at 3"], 3]);
    }));

  it("with settle waits no longer than that", () =>
    simulate(function* () {
      const log: string[] = [];
      const silent = fromCallback(() => () => log.push("cleaned up"), { settle: 5 });
      expect(yield* errorOf(waitFor(silent, 1))).toBeInstanceOf(TimeoutError);
      expect([log, getRunningLoop().time()]).toEqual([["cleaned up"], 6]);
    }));

  it("adopts a promise that resolve is given", async () => {
    await run(
      (function* () {
        expect(yield* fromCallback<number>((resolve) => resolve(Promise.resolve(5)))).toBe(5);
        const failed = fromCallback<number>((resolve) => resolve(Promise.reject(new Error("no"))));
        expect(String(yield* errorOf(failed))).toBe("Error: no");
      })(),
    );
  });

  it("ignores what is returned and is no function, but refuses an async function", () =>
    simulate(function* () {
      yield* fromCallback((resolve) => {
        resolve();
        return 5;
      });
      const asyncBegin = fromCallback(async () => {});
      expect(String(yield* errorOf(asyncBegin))).toContain("must be a plain one");
      const generator = fromCallback(function* () {
        yield* sleep(1);
      });
      expect(String(yield* errorOf(generator))).toContain("must be a plain one");
      expect(() => fromCallback(5 as never)).toThrow("fromCallback expects a function (resolve, reject, signal)");
      expect(() => fromCallback(() => {}, { timeout: 1 } as never)).toThrow('fromCallback has no option "timeout"');
      expect(() => fromCallback(() => {}, { settle: -1 })).toThrow("settle must be 0 seconds or more");
    }));

  it("a coroutine that was never awaited, or is closed, has begun nothing or is cleaned up", () =>
    simulate(function* () {
      const log: string[] = [];
      fromCallback(() => log.push("begun")).return(undefined as never);
      function* waits() {
        yield* fromCallback(() => () => log.push("cleaned up"));
      }
      const coro = waits();
      coro.next();
      yield* sleep(0);
      coro.return();
      expect(log).toEqual(["cleaned up"]);
    }));
});
