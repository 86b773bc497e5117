import {
  CancelledError,
  type ConcurrentFuture,
  createTask,
  type Executor,
  getRunningLoop,
  run,
  sleep,
  wrapFuture,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf } from "../support.ts";

/** A `concurrent.futures.Future` that a test settles. As a promise it cannot be used. */
class Outcome<T> implements ConcurrentFuture<T> {
  cancels = 0;
  private take: (() => T) | null = null;
  private callback: (() => unknown) | null = null;

  addDoneCallback(fn: () => unknown): void {
    this.callback = fn;
  }

  result(): T {
    return (this.take as () => T)();
  }

  cancel(): void {
    this.cancels++;
  }

  then(): never {
    throw new Error("a promise was asked for");
  }

  settle(take: () => T): void {
    this.take = take;
    this.callback?.();
  }
}

const ways: [string, <T>(outcome: Outcome<T>) => ReturnType<typeof wrapFuture<T>>][] = [
  ["wrapFuture", (outcome) => wrapFuture(outcome)],
  [
    "runInExecutor",
    <T>(outcome: Outcome<T>) => {
      const executor: Executor = { submit: () => outcome as never, shutdown() {} };
      return getRunningLoop().runInExecutor(executor, () => null) as unknown as ReturnType<typeof wrapFuture<T>>;
    },
  ],
];

describe.each(ways)("%s of a concurrent future", (_name, futureOf) => {
  it("has its result, without a promise in between", () =>
    run(
      (function* () {
        const outcome = new Outcome<number>();
        const future = futureOf(outcome);
        outcome.settle(() => 5);
        expect(future.done()).toBe(true);
        expect(yield* future).toBe(5);
      })(),
    ));

  it("has its error, and is cancelled where that is a CancelledError", () =>
    run(
      (function* () {
        const [failed, cancelled] = [new Outcome(), new Outcome()];
        const futures = [futureOf(failed), futureOf(cancelled)] as const;
        failed.settle(() => {
          throw new RangeError("no");
        });
        cancelled.settle(() => {
          throw new CancelledError("by itself");
        });
        expect(String(yield* errorOf(futures[0]))).toBe("RangeError: no");
        expect(futures[1].cancelled()).toBe(true);
        expect(String(yield* errorOf(futures[1]))).toBe("CancelledError: by itself");
      })(),
    ));

  it("cancels it when the task that waits is cancelled; what it returns after that is for nothing", () =>
    run(
      (function* () {
        const outcome = new Outcome<number>();
        const future = futureOf(outcome);
        const task = createTask(
          (function* () {
            return yield* future;
          })(),
        );
        yield* sleep(0);
        task.cancel();
        expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
        expect(outcome.cancels).toBe(1);
        outcome.settle(() => 5);
        expect(future.cancelled()).toBe(true);
      })(),
    ));
});
