import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  GeneratorExit,
  Lock,
  run,
  sleep,
  TaskGroup,
  TimeoutError,
  timeout,
} from "tsyncio";
import { describe, expect, test } from "vitest";
import { errorOf, simulate, turns } from "../support.ts";

/** A manager that notes what is done with it. */
class Noted {
  readonly log: unknown[] = [];
  private readonly suppresses: unknown;
  constructor(suppresses: unknown = undefined) {
    this.suppresses = suppresses;
  }
  *aenter(): Coroutine<string> {
    yield* sleep(1);
    this.log.push("enter");
    return "value";
  }
  *aexit(error: unknown): Coroutine<unknown> {
    yield* sleep(1);
    this.log.push(error);
    return this.suppresses;
  }
}

test("enters, passes to the body what aenter() returned, leaves with null, and returns what the body returned", () =>
  simulate(function* () {
    const manager = new Noted();
    const result = yield* asyncWith(manager, function* (value) {
      yield* sleep(1);
      manager.log.push(value);
      return 5;
    });
    expect(result).toBe(5);
    expect(manager.log).toEqual(["enter", "value", null]);
  }));

test("does nothing before it is awaited", () =>
  simulate(function* () {
    const manager = new Noted();
    // oxlint-disable-next-line tsyncio/no-dropped-coroutine -- what the test is about
    asyncWith(manager, function* () {});
    yield* sleep(5);
    expect(manager.log).toEqual([]);
  }));

test("this of the body is thisArg", () =>
  simulate(function* () {
    const self = { name: "self" };
    const name = yield* asyncWith(
      new Lock(),
      function* () {
        return this.name;
      },
      self,
    );
    expect(name).toBe("self");
  }));

describe("an error of the body", () => {
  const error = new TypeError("t");
  function* fail(): Coroutine<never> {
    yield* sleep(1);
    throw error;
  }

  test("is given to aexit(), and goes on if that returns nothing truthy", () =>
    simulate(function* () {
      for (const falsy of [undefined, null, false, 0, ""]) {
        const manager = new Noted(falsy);
        expect(yield* errorOf(asyncWith(manager, fail))).toBe(error);
        expect(manager.log).toEqual(["enter", error]);
      }
    }));

  test("goes no further if aexit() returns something truthy; then the result is undefined", () =>
    simulate(function* () {
      for (const truthy of [true, 1, "yes"]) {
        expect(yield* asyncWith(new Noted(truthy), fail)).toBe(undefined);
      }
    }));

  test("is replaced by an error of aexit()", () =>
    simulate(function* () {
      const second = new RangeError();
      const manager = {
        *aenter(): Coroutine<void> {},
        *aexit(): Coroutine<void> {
          throw second;
        },
      };
      expect(yield* errorOf(asyncWith(manager, fail))).toBe(second);
      expect(yield* errorOf(asyncWith(manager, function* () {}))).toBe(second);
    }));
});

test("what aexit() returns changes nothing when the body has ended well", () =>
  simulate(function* () {
    const result = yield* asyncWith(new Noted(true), function* () {
      return 5;
    });
    expect(result).toBe(5);
  }));

test("an error of aenter() comes out; neither the body nor aexit() runs", () =>
  simulate(function* () {
    const error = new TypeError();
    const log: string[] = [];
    const manager = {
      *aenter(): Coroutine<void> {
        throw error;
      },
      *aexit(): Coroutine<void> {
        log.push("exit");
      },
    };
    const body = function* (): Coroutine<void> {
      log.push("body");
    };
    expect(yield* errorOf(asyncWith(manager, body))).toBe(error);
    expect(log).toEqual([]);
  }));

test("a cancellation of the body is given to aexit(), which may wait", () =>
  simulate(function* () {
    const manager = new Noted();
    const block = asyncWith(manager, function* () {
      yield* sleep(100);
    });
    const task = createTask(block);
    yield* sleep(2);
    task.cancel();
    expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
    expect(manager.log[1]).toBeInstanceOf(CancelledError);
  }));

test("a coroutine that is closed inside leaves with GeneratorExit", () =>
  simulate(function* () {
    const log: unknown[] = [];
    const manager = {
      *aenter(): Coroutine<void> {},
      *aexit(error: unknown): Coroutine<void> {
        log.push(error);
      },
    };
    const block = asyncWith(manager, function* () {
      yield* sleep(100);
    });
    const task = createTask(block);
    yield* turns(1);
    block.return(undefined);
    expect(log).toHaveLength(1);
    expect(log[0]).toBeInstanceOf(GeneratorExit);
    task.cancel();
  }));

describe("asyncio's own managers", () => {
  test("a lock is held while the body runs", () =>
    simulate(function* () {
      const lock = new Lock();
      const held = yield* asyncWith(lock, function* () {
        return lock.locked();
      });
      expect(held).toBe(true);
      expect(lock.locked()).toBe(false);
    }));

  test("a timeout ends the body with TimeoutError", () =>
    simulate(function* () {
      const block = asyncWith(timeout(1), function* () {
        yield* sleep(2);
      });
      expect(yield* errorOf(block)).toBeInstanceOf(TimeoutError);
    }));

  test("a task group waits for its tasks", () =>
    simulate(function* () {
      const log: number[] = [];
      yield* asyncWith(new TaskGroup(), function* (group) {
        for (const d of [2, 1]) {
          group.createTask(
            (function* () {
              yield* sleep(d);
              log.push(d);
            })(),
          );
        }
      });
      expect(log).toEqual([1, 2]);
    }));
});

describe("objects for JavaScript's using", () => {
  test("Symbol.dispose is called at the end, with an error too, and swallows nothing", () =>
    simulate(function* () {
      const log: unknown[] = [];
      const file = {
        [Symbol.dispose]() {
          log.push("disposed");
        },
      };
      const result = yield* asyncWith(file, function* (f) {
        log.push(f === file);
        return 5;
      });
      expect(result).toBe(5);
      const error = new TypeError();
      const failing = asyncWith(file, function* () {
        throw error;
      });
      expect(yield* errorOf(failing)).toBe(error);
      expect(log).toEqual([true, "disposed", "disposed"]);
    }));

  test("Symbol.asyncDispose is preferred, and its promise is waited for", () =>
    run(
      (function* () {
        const log: unknown[] = [];
        const file = {
          async [Symbol.asyncDispose]() {
            await new Promise((resolve) => setTimeout(resolve, 1));
            log.push("async");
          },
          [Symbol.dispose]() {
            log.push("sync");
          },
        };
        yield* asyncWith(file, function* () {});
        expect(log).toEqual(["async"]);
      })(),
    ));

  test("an error of the disposal comes out", () =>
    run(
      (function* () {
        const error = new TypeError();
        const file = {
          async [Symbol.asyncDispose]() {
            throw error;
          },
        };
        expect(yield* errorOf(asyncWith(file, function* () {}))).toBe(error);
      })(),
    ));
});

describe("what is no manager is a TypeError that says what is missing", () => {
  const messageOf = function* (manager: unknown): Coroutine<string> {
    const error = yield* errorOf(asyncWith(manager as Lock, function* () {}));
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  };

  test("all of it", () =>
    simulate(function* () {
      expect(yield* messageOf(5)).toBe(
        "5 does not support the asynchronous context manager protocol: it has neither aenter() and aexit() nor [Symbol.asyncDispose]()",
      );
      expect(yield* messageOf(null)).toContain("null does not support");
    }));

  test("aexit() or aenter(): then nothing is called", () =>
    simulate(function* () {
      const log: string[] = [];
      const enters = {
        *aenter(): Coroutine<void> {
          log.push("enter");
        },
      };
      expect(yield* messageOf(enters)).toContain("it has no aexit()");
      expect(yield* messageOf({ *aexit() {} })).toContain("it has no aenter()");
      expect(log).toEqual([]);
    }));

  test("a method that is no coroutine", () =>
    simulate(function* () {
      const plain = { aenter: () => 5, aexit: () => 5 };
      expect(yield* messageOf(plain)).toContain("Write it as *aenter() { … }.");
      const native = { async aenter() {}, async aexit() {} };
      expect(yield* messageOf(native)).toContain("returned a Promise, which cannot be awaited");
    }));

  test("a body that returns a task or a future is fine: it is awaited", () =>
    simulate(function* () {
      expect(yield* asyncWith(new Lock(), () => createTask(sleep(1, "task")))).toBe("task");
    }));

  test("a body that is no function*", () =>
    simulate(function* () {
      const none = (yield* errorOf(asyncWith(new Lock(), undefined as never))) as Error;
      expect(none.message).toBe("asyncWith expects a function* as its body, got undefined");
      const lock = new Lock();
      const arrow = (yield* errorOf(asyncWith(lock, (() => 5) as never))) as Error;
      expect(arrow.message).toBe("the body of asyncWith must be a function*, and returned 5");
      expect(lock.locked()).toBe(false);
    }));

  test("a body that is no function* is no failure of a task group: the TypeError is thrown as it is", () =>
    simulate(function* () {
      const messages: string[] = [];
      for (const body of [() => 5, () => {}, () => sleep, () => Promise.resolve(5), async () => 5]) {
        const error = (yield* errorOf(asyncWith(new TaskGroup(), body as never))) as Error;
        expect(error).toBeInstanceOf(TypeError);
        messages.push(error.message);
      }
      expect(messages).toEqual([
        "the body of asyncWith must be a function*, and returned 5",
        "the body of asyncWith must be a function*, and returned undefined",
        "the body of asyncWith must be a function*, and returned the function sleep()",
        "the body of asyncWith must be a function*, and returned a Promise: write function*, and yield* fromPromise(…) for a promise",
        expect.stringContaining(
          "got an async function: write function*, and yield* fromPromise(…) for await. Native syntax",
        ),
      ]);
    }));

  test("a body that is no function* cancels the tasks that it made, and hides no error of theirs", () =>
    simulate(function* () {
      const withTask = (task: () => Coroutine<unknown>) =>
        errorOf(
          asyncWith(new TaskGroup(), ((group: TaskGroup) => {
            group.createTask(task(), { eagerStart: true });
          }) as never),
        );
      expect(yield* withTask(() => sleep(5))).toBeInstanceOf(TypeError);
      const failed = new Error("failed");
      const both = yield* withTask(function* () {
        try {
          yield* sleep(5);
        } catch {
          throw failed;
        }
      });
      expect(both).toMatchObject({ exceptions: [failed, { name: "TypeError" }] });
    }));
});
