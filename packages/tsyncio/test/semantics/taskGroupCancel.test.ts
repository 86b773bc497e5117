import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  ExceptionGroup,
  getRunningLoop,
  sleep,
  TaskGroup,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

describe("TaskGroup.cancel()", () => {
  function* worker(log: string[], name: string): Coroutine<void> {
    try {
      yield* sleep(100);
      log.push(`${name} LEAK`);
    } finally {
      yield* sleep(1);
      log.push(name);
    }
  }

  it("cancels children and body, waits for them, and the block ends without an exception", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const tg = new TaskGroup();
      getRunningLoop().callLater(1, () => tg.cancel());
      yield* asyncWith(tg, function* () {
        tg.createTask(worker(log, "child"));
        yield* worker(log, "body");
      });
      log.push("after");
      expect(log).toEqual(["child", "body", "after"].sort((a, b) => log.indexOf(a) - log.indexOf(b)));
      expect(log).toHaveLength(3);
      expect([currentTask()?.cancelling(), getRunningLoop().time()]).toEqual([0, 2]);
      yield* sleep(1);
    });
  });

  it("by a child, by the body, in the exit, and twice: all the same", async () => {
    await simulate(function* () {
      const log: string[] = [];
      for (const who of ["child", "body", "exit"]) {
        const tg = new TaskGroup();
        yield* asyncWith(tg, function* () {
          tg.createTask(worker(log, `${who}: child`));
          function* canceller() {
            yield* sleep(1);
            tg.cancel();
            tg.cancel();
          }
          if (who !== "body") tg.createTask(canceller());
          else {
            yield* sleep(1);
            tg.cancel();
            tg.cancel();
          }
          if (who !== "exit") yield* worker(log, `${who}: body`);
        });
      }
      expect(log.sort()).toEqual(["body: body", "body: child", "child: body", "child: child", "exit: child"]);
      expect(currentTask()?.cancelling()).toBe(0);
    });
  });

  it("before entry cancels the body at its first wait; after the end it does nothing", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const tg = new TaskGroup();
      tg.cancel();
      yield* asyncWith(tg, function* () {
        log.push("entered");
        yield* sleep(1);
        log.push("LEAK");
      });
      tg.cancel();
      yield* sleep(1);
      expect([log, currentTask()?.cancelling()]).toEqual([["entered"], 0]);
    });
  });

  it("does not hide errors of children, nor a cancellation from outside", async () => {
    await simulate(function* () {
      const tg = new TaskGroup();
      const error = yield* errorOf(
        asyncWith(tg, function* () {
          function* fails(): Coroutine<void> {
            try {
              yield* sleep(100);
            } finally {
              // biome-ignore lint/correctness/noUnsafeFinally: an error in the cleanup
              throw new Error("cleanup");
            }
          }
          tg.createTask(fails());
          yield* sleep(1);
          tg.cancel();
        }),
      );
      expect(error).toBeInstanceOf(ExceptionGroup);

      const other = new TaskGroup();
      const task = createTask(asyncWith(other, () => worker([], "body")));
      yield* sleep(1);
      other.cancel();
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect([task.cancelled(), task.cancelling()]).toEqual([true, 1]);
    });
  });
});
