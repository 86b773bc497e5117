import {
  type AbortScope,
  abortable,
  asyncWith,
  CancelledError,
  type Coroutine,
  cancelOnAbort,
  createTask,
  currentTask,
  getRunningLoop,
  RuntimeError,
  sleep,
  type Task,
  TaskGroup,
  TimeoutError,
  taskSignal,
  timeout,
  toPromise,
  wait,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, failure, simulate, thrownBy } from "../support.ts";

const reason = new Error("the user left");

/** Aborts after some seconds of the loop's time. */
function abortingIn(seconds: number, why: unknown = reason): AbortSignal {
  const controller = new AbortController();
  getRunningLoop().callLater(seconds, () => controller.abort(why));
  return controller.signal;
}

describe("a signal", () => {
  it("has one listener of ours, however many it cancels at once, and none when they have ended", () =>
    simulate(function* () {
      const controller = new AbortController();
      const { signal } = controller;
      const listeners = new Set<unknown>();
      const { addEventListener, removeEventListener } = signal;
      signal.addEventListener = (...[type, listener]: Parameters<AbortSignal["addEventListener"]>) => {
        listeners.add(listener);
        addEventListener.call(signal, type, listener);
      };
      signal.removeEventListener = (...[type, listener]: Parameters<AbortSignal["removeEventListener"]>) => {
        listeners.delete(listener);
        removeEventListener.call(signal, type, listener);
      };
      for (const ends of [true, false]) {
        const tasks = Array.from({ length: 60 }, (_, i) => {
          if (i % 3 === 0) return createTask(asyncWith(abortable(signal), () => sleep(ends ? 1 : 60)));
          const task = createTask(sleep(ends ? 1 : 60));
          if (i % 3 === 1) cancelOnAbort(signal, task);
          else toPromise(task, { signal }).catch(() => {});
          return task;
        });
        yield* sleep(0);
        expect(listeners.size).toBe(1);
        if (!ends) controller.abort(reason);
        yield* wait(tasks);
        yield* sleep(0);
        expect(listeners.size).toBe(0);
        for (const task of tasks) if (!task.cancelled()) task.exception();
        expect(tasks.filter((task) => !task.cancelled() && task.exception() === null).length).toBe(ends ? 60 : 0);
      }
    }));

  it("cancels the others too if one of its listeners has ended another", () =>
    simulate(function* () {
      const controller = new AbortController();
      const tasks = [1, 2, 3].map(() => createTask(sleep(60)));
      const disposables = tasks.map((task) => cancelOnAbort(controller.signal, task));
      disposables[1]?.[Symbol.dispose]();
      controller.abort(reason);
      yield* sleep(0);
      yield* sleep(0);
      expect(tasks.map((task) => task.cancelled())).toEqual([true, false, true]);
      tasks[1]?.cancel();
      yield* wait(tasks);
    }));
});

describe("taskSignal()", () => {
  it("aborts when the task is asked to cancel, before its finally blocks run; the reason is a CancelledError", () =>
    simulate(function* () {
      const log: string[] = [];
      let signal!: AbortSignal;
      function* body() {
        signal = taskSignal();
        expect(taskSignal() === signal).toBe(true);
        signal.addEventListener("abort", () => log.push("abort"));
        try {
          yield* sleep(10);
        } finally {
          log.push("finally");
        }
      }
      const task = createTask(body());
      yield* sleep(1);
      expect(signal.aborted).toBe(false);
      task.cancel("enough");
      expect(signal.aborted).toBe(true);
      yield* wait([task]);
      expect(log).toEqual(["abort", "finally"]);
      expect(signal.reason).toBeInstanceOf(CancelledError);
      expect(signal.reason.message).toBe("enough");
    }));

  it("does not abort when the task ends otherwise", () =>
    simulate(function* () {
      const task = createTask(
        (function* () {
          return taskSignal();
        })(),
      );
      expect((yield* task).aborted).toBe(false);
    }));

  it("is a new one after a cancellation: cleanup and a task that goes on can use it", () =>
    simulate(function* () {
      const first = taskSignal();
      const during: boolean[] = [];
      function* body() {
        try {
          yield* sleep(10);
        } finally {
          during.push(first.aborted, taskSignal().aborted);
          yield* sleep(1);
        }
      }
      expect(yield* failure(() => waitFor(body(), 1))).toBeInstanceOf(TimeoutError);
      expect(during).toEqual([true, false]);
      expect(taskSignal().aborted).toBe(false);
    }));

  it("has aborted already where a cancellation is asked for and not thrown yet, and of a cancelled task", () =>
    simulate(function* () {
      const seen: boolean[] = [];
      const task = createTask(
        (function* () {
          currentTask()?.cancel();
          seen.push(taskSignal().aborted);
          yield* sleep(1);
        })(),
      );
      yield* wait([task]);
      seen.push(taskSignal(task as Task<unknown>).aborted);
      expect(seen).toEqual([true, true]);
    }));

  it("tells the tasks that are awaited too, each by its own signal", () =>
    simulate(function* () {
      const signals: AbortSignal[] = [];
      function* inner() {
        signals.push(taskSignal());
        yield* sleep(10);
      }
      function* outer() {
        signals.push(taskSignal());
        yield* createTask(inner());
      }
      const task = createTask(outer());
      const other = taskSignal();
      yield* sleep(1);
      task.cancel();
      expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
      expect(other.aborted).toBe(false);
      yield* wait([task]);
    }));

  it("is a RuntimeError outside of tasks", () => {
    expect(thrownBy(() => taskSignal())).toBeInstanceOf(RuntimeError);
  });
});

describe("abortable()", () => {
  it("cancels the block when the signal aborts, and throws the signal's reason", () =>
    simulate(function* () {
      const log: string[] = [];
      let scope!: AbortScope;
      const error = yield* errorOf(
        asyncWith(abortable(abortingIn(1)), function* (s) {
          scope = s;
          try {
            yield* sleep(10);
          } finally {
            yield* sleep(1);
            log.push("cleaned up");
          }
        }),
      );
      expect(error).toBe(reason);
      expect([log, scope.aborted()]).toEqual([["cleaned up"], true]);
      expect(getRunningLoop().time()).toBe(2);
      expect(currentTask()?.cancelling()).toBe(0);
      yield* sleep(1);
    }));

  it("returns the value of a block that ends before, and listens no more", () =>
    simulate(function* () {
      const signal = abortingIn(2);
      expect(yield* asyncWith(abortable(signal), () => sleep(1, "value"))).toBe("value");
      yield* sleep(5);
      expect(signal.aborted).toBe(true);
    }));

  it("throws at once if the signal has aborted before", () =>
    simulate(function* () {
      let ran = false;
      const block = asyncWith(abortable(AbortSignal.abort(reason)), function* () {
        ran = true;
      });
      expect(yield* errorOf(block)).toBe(reason);
      expect(ran).toBe(false);
    }));

  it("throws the platform's AbortError, and TimeoutError for the platform's", () =>
    simulate(function* () {
      const controller = new AbortController();
      getRunningLoop().callLater(1, () => controller.abort());
      const abort = yield* errorOf(asyncWith(abortable(controller.signal), () => sleep(5)));
      expect((abort as Error).name).toBe("AbortError");
      const timedOut = new DOMException("The operation timed out.", "TimeoutError");
      const error = yield* errorOf(asyncWith(abortable(abortingIn(1, timedOut)), () => sleep(5)));
      expect(error).toBeInstanceOf(TimeoutError);
      expect((error as Error).cause).toBe(timedOut);
    }));

  it("leaves the error of the block, and a result that came although the signal aborted", () =>
    simulate(function* () {
      const own = new Error("own");
      const failing = asyncWith(abortable(abortingIn(1)), function* () {
        try {
          yield* sleep(5);
        } catch {
          throw own;
        }
      });
      expect(yield* errorOf(failing)).toBe(own);
      const refusing = asyncWith(abortable(abortingIn(1)), function* () {
        try {
          yield* sleep(5);
        } catch {}
        return "went on";
      });
      expect(yield* refusing).toBe("went on");
      expect(currentTask()?.cancelling()).toBe(0);
      yield* sleep(1);
    }));

  it("keeps CancelledError if another task has cancelled the task too", () =>
    simulate(function* () {
      function* body(signal: AbortSignal) {
        yield* asyncWith(abortable(signal), () => sleep(10));
      }
      for (const first of ["abort", "cancel"]) {
        const controller = new AbortController();
        const task = createTask(body(controller.signal));
        yield* sleep(1);
        if (first === "abort") controller.abort();
        task.cancel();
        if (first === "cancel") controller.abort();
        yield* wait([task]);
        expect(task.cancelled()).toBe(true);
      }
    }));

  it("ends the inner of two, or both, like nested timeouts", () =>
    simulate(function* () {
      const inner = new Error("inner");
      const log: unknown[] = [];
      yield* asyncWith(abortable(abortingIn(5)), function* () {
        log.push(yield* errorOf(asyncWith(abortable(abortingIn(1, inner)), () => sleep(9))));
        yield* sleep(1);
      });
      expect(log).toEqual([inner]);
      const both = abortingIn(1);
      const error = yield* errorOf(
        asyncWith(abortable(both), function* () {
          yield* asyncWith(abortable(both), () => sleep(9));
        }),
      );
      expect(error).toBe(reason);
      expect(currentTask()?.cancelling()).toBe(0);
    }));

  it("works with timeouts inside and outside", () =>
    simulate(function* () {
      const slow = () => sleep(9);
      const inTimeout = asyncWith(timeout(2), function* () {
        yield* asyncWith(abortable(abortingIn(1)), slow);
      });
      expect(yield* errorOf(inTimeout)).toBe(reason);
      const aroundTimeout = asyncWith(abortable(abortingIn(2)), function* () {
        yield* asyncWith(timeout(1), slow);
      });
      expect(yield* errorOf(aroundTimeout)).toBeInstanceOf(TimeoutError);
      yield* sleep(5);
    }));

  it("ends a group: all its children are cancelled", () =>
    simulate(function* () {
      const log: string[] = [];
      function* child() {
        try {
          yield* sleep(10);
        } finally {
          log.push("child cancelled");
        }
      }
      const block = asyncWith(abortable(abortingIn(1)), function* () {
        yield* asyncWith(new TaskGroup(), function* (group) {
          group.createTask(child());
          group.createTask(child());
        });
      });
      expect(yield* errorOf(block)).toBe(reason);
      expect(log.length).toBe(2);
    }));

  it("may be aborted by the block itself: the next wait throws, and without one nothing does", () =>
    simulate(function* () {
      const waits = new AbortController();
      const block = asyncWith(abortable(waits.signal), function* () {
        waits.abort(reason);
        yield* sleep(1);
      });
      expect(yield* errorOf(block)).toBe(reason);
      const ends = new AbortController();
      yield* asyncWith(abortable(ends.signal), function* () {
        ends.abort(reason);
      });
      yield* sleep(1);
      expect(currentTask()?.cancelling()).toBe(0);
    }));

  it("can be entered once, inside a task, with a signal", () =>
    simulate(function* () {
      const scope = abortable(new AbortController().signal);
      yield* asyncWith(scope, () => sleep(0));
      expect(yield* failure(() => scope.aenter())).toBeInstanceOf(RuntimeError);
      expect(String(thrownBy(() => abortable(5 as never)))).toContain("abortable expects an AbortSignal, got 5");
      const entered = getRunningLoop().createFuture<unknown>();
      getRunningLoop().callSoon(() => entered.setResult(thrownBy(() => abortable(abortingIn(1)).aenter().next())));
      expect(yield* entered).toBeInstanceOf(RuntimeError);
    }));
});

describe("cancelOnAbort()", () => {
  function* child(log: string[]): Coroutine<void> {
    try {
      yield* sleep(10);
    } finally {
      log.push("cancelled");
    }
  }

  it("cancels a task", () =>
    simulate(function* () {
      const log: string[] = [];
      const task = createTask(child(log));
      cancelOnAbort(abortingIn(1), task);
      yield* wait([task]);
      expect([task.cancelled(), log, getRunningLoop().time()]).toEqual([true, ["cancelled"], 1]);
    }));

  it("cancels at once if the signal has aborted before", () =>
    simulate(function* () {
      const future = getRunningLoop().createFuture();
      cancelOnAbort(AbortSignal.abort(), future);
      expect(future.cancelled()).toBe(true);
    }));

  it("cancels a group, whose block ends without an error", () =>
    simulate(function* () {
      const log: string[] = [];
      yield* asyncWith(new TaskGroup(), function* (group) {
        using _ = cancelOnAbort(abortingIn(1), group);
        group.createTask(child(log));
        yield* child(log);
      });
      expect([log.length, getRunningLoop().time()]).toEqual([2, 1]);
    }));

  it("lets a timeout expire", () =>
    simulate(function* () {
      const block = asyncWith(timeout(5), function* (limit) {
        using _ = cancelOnAbort(abortingIn(1), limit);
        yield* sleep(10);
      });
      expect(yield* errorOf(block)).toBeInstanceOf(TimeoutError);
      expect(getRunningLoop().time()).toBe(1);
      yield* sleep(10);
      expect(currentTask()?.cancelling()).toBe(0);
    }));

  it("does nothing to a timeout whose block has ended, nor after it was disposed of", () =>
    simulate(function* () {
      const signal = abortingIn(2);
      yield* asyncWith(timeout(5), function* (limit) {
        cancelOnAbort(signal, limit);
        yield* sleep(1);
      });
      const task = createTask(sleep(3, "slept"));
      cancelOnAbort(signal, task)[Symbol.dispose]();
      expect(yield* task).toBe("slept");
      expect(signal.aborted).toBe(true);
    }));

  it("forgets a future that is done", () =>
    simulate(function* () {
      const { signal } = new AbortController();
      let listeners = 0;
      const { addEventListener, removeEventListener } = signal;
      Object.assign(signal, {
        addEventListener: (...args: Parameters<typeof addEventListener>) => {
          listeners++;
          addEventListener.apply(signal, args);
        },
        removeEventListener: (...args: Parameters<typeof removeEventListener>) => {
          listeners--;
          removeEventListener.apply(signal, args);
        },
      });
      const task = createTask(sleep(1));
      cancelOnAbort(signal, task);
      expect(listeners).toBe(1);
      yield* task;
      yield* sleep(0);
      expect(listeners).toBe(0);
    }));

  it("refuses what cannot be cancelled", () =>
    simulate(function* () {
      const { signal } = new AbortController();
      expect(String(thrownBy(() => cancelOnAbort(signal, {} as never)))).toContain(
        "expects a task, a group or a timeout",
      );
      expect(String(thrownBy(() => cancelOnAbort(null as never, new TaskGroup())))).toContain(
        "expects an AbortSignal, got null",
      );
    }));
});
