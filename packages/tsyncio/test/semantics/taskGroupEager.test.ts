import {
  asyncWith,
  CancelledError,
  type Coroutine,
  cancelOnAbort,
  createTask,
  currentTask,
  eagerTaskFactory,
  getRunningLoop,
  sleep,
  TaskGroup,
} from "tsyncio";
import { beforeEach, describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

const group = <R>(body: (tg: TaskGroup) => Coroutine<R>) => asyncWith(new TaskGroup(), body);

describe("a TaskGroup that its eager child ends before the child first waits", () => {
  let log: string[];
  beforeEach(() => {
    log = [];
  });

  function* child(end: () => void): Coroutine<void> {
    end();
    log.push("begun");
    try {
      yield* sleep(100);
      log.push("LEAK");
    } finally {
      log.push("cancelled");
    }
  }

  const eagerly = (main: () => Coroutine<void>) =>
    simulate(function* () {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      yield* main();
      expect([log, currentTask()?.cancelling(), getRunningLoop().time()]).toEqual([["begun", "cancelled"], 0, 0]);
      yield* sleep(1);
    });

  it("cancels that child: by cancel()", async () => {
    await eagerly(function* () {
      yield* group(function* (tg) {
        tg.createTask(child(() => tg.cancel()));
      });
    });
  });

  it("cancels that child: by a signal", async () => {
    await eagerly(function* () {
      const controller = new AbortController();
      yield* group(function* (tg) {
        cancelOnAbort(controller.signal, tg);
        tg.createTask(child(() => controller.abort()));
        yield* sleep(100);
      });
    });
  });

  it("cancels that child: a group around the one that it was made in", async () => {
    await eagerly(function* () {
      yield* group(function* (outer) {
        yield* group(function* (inner) {
          inner.createTask(child(() => outer.cancel()));
        });
        log.push("LEAK");
      });
    });
  });

  it("cancels that child: by a grandchild", async () => {
    await eagerly(function* () {
      yield* group(function* (tg) {
        tg.createTask(
          child(() => {
            tg.createTask(
              (function* (): Coroutine<void> {
                tg.cancel();
              })(),
            );
          }),
        );
      });
    });
  });

  it("cancels that child once: one that refuses goes on", async () => {
    await simulate(function* () {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      yield* group(function* (tg) {
        tg.createTask(
          (function* () {
            tg.cancel();
            try {
              yield* sleep(1);
            } catch {
              log.push("refused");
              currentTask()?.uncancel();
            }
            yield* sleep(1);
            log.push("through");
          })(),
        );
      });
      expect(log).toEqual(["refused", "through"]);
    });
  });
});

describe("an eager child that has ended well", () => {
  it("is waited for like any other: a cancellation that is pending at the end of the block is thrown there", async () => {
    await simulate(function* () {
      const log: string[] = [];
      const task = createTask(
        (function* () {
          yield* group(function* (tg) {
            (currentTask() as NonNullable<ReturnType<typeof currentTask>>).cancel("pending");
            tg.createTask(sleep(0, "done"), { eagerStart: true });
            tg.createTask(
              (function* (): Coroutine<void> {
                log.push("ended");
              })(),
              { eagerStart: true },
            );
          });
          log.push("LEAK");
        })(),
      );
      expect(yield* errorOf(task)).toEqual(new CancelledError("pending"));
      expect(log).toEqual(["ended"]);
    });
  });
});
