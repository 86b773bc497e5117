import {
  asyncGenerator,
  CancelledError,
  ContextVar,
  createTask,
  GeneratorExit,
  iscoroutine,
  RuntimeError,
  StopAsyncIteration,
  sleep,
  TaskGroup,
} from "tsyncio";
import { describe, expect, test } from "vitest";
import { errorOf, simulate, thrownBy, turns } from "../support.ts";

class Boom extends Error {}

const two = asyncGenerator(function* two() {
  yield 1;
  yield 2;
});

/** Yields what it is sent, and "caught" for each Boom. */
const echo = asyncGenerator(function* echo(): Generator<string, void, string | undefined> {
  let got: string | undefined = "begun";
  for (;;) {
    try {
      got = yield got ?? "nothing";
    } catch (error) {
      if (!(error instanceof Boom)) throw error;
      got = "caught";
    }
  }
});

const slow = asyncGenerator(function* slow(log: string[] = []) {
  try {
    yield* sleep(1);
    yield 1;
    yield* sleep(1);
    yield 2;
  } catch (error) {
    log.push((error as Error).name);
    throw error;
  }
});

describe("iteration", () => {
  test("calling the function runs nothing; each anext() runs to the next yield, and waits of the body are the task's", () =>
    simulate(function* () {
      const log: string[] = [];
      const count = asyncGenerator(function* (n: number) {
        log.push("begin");
        for (let i = 0; i < n; i++) {
          yield* sleep(1);
          yield i;
        }
        log.push("end");
      });
      const g = count(2);
      expect(log).toEqual([]);
      expect(yield* g.anext()).toBe(0);
      expect(yield* g.anext()).toBe(1);
      expect(log).toEqual(["begin"]);
      expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
      expect(log).toEqual(["begin", "end"]);
      expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
    }));

  test("anext() returns a coroutine that does nothing before it is awaited", () =>
    simulate(function* () {
      const g = two();
      const first = g.anext();
      const second = g.anext();
      expect(iscoroutine(first)).toBe(true);
      expect(yield* second).toBe(1);
      expect(yield* first).toBe(2);
    }));

  test("a step can be a task", () =>
    simulate(function* () {
      const g = slow();
      expect(yield* createTask(g.anext())).toBe(1);
      expect(yield* createTask(g.anext())).toBe(2);
      expect(yield* errorOf(createTask(g.anext()))).toBeInstanceOf(StopAsyncIteration);
    }));

  test("aiter() returns the generator itself", () =>
    simulate(function* () {
      const g = two();
      expect(g.aiter()).toBe(g);
      yield* g.aclose();
    }));

  test("futures, promises, null and undefined are values like others", () =>
    simulate(function* () {
      const promise = Promise.resolve(1);
      const g = asyncGenerator(function* () {
        yield null;
        yield undefined;
        yield promise;
      })();
      expect(yield* g.anext()).toBe(null);
      expect(yield* g.anext()).toBe(undefined);
      expect(yield* g.anext()).toBe(promise);
    }));

  test("the body runs in the context of the task that asks", () =>
    simulate(function* () {
      const v = new ContextVar("v", { default: "outside" });
      const g = asyncGenerator(function* () {
        for (;;) yield v.get();
      })();
      const asked = (function* () {
        v.set("in the task");
        return yield* g.anext();
      })();
      expect(yield* g.anext()).toBe("outside");
      expect(yield* createTask(asked)).toBe("in the task");
      expect(yield* g.anext()).toBe("outside");
    }));

  test("a returned value is dropped", () =>
    simulate(function* () {
      const g = asyncGenerator(function* () {
        yield 1;
        return 2;
      })();
      yield* g.anext();
      const error = (yield* errorOf(g.anext())) as Error;
      expect(error).toBeInstanceOf(StopAsyncIteration);
      expect(error.message).toBe("");
    }));
});

describe("asend", () => {
  test("its value is the value of the yield; that of anext() is undefined", () =>
    simulate(function* () {
      const g = echo();
      expect(yield* g.asend(null)).toBe("begun");
      expect(yield* g.asend("hello")).toBe("hello");
      expect(yield* g.anext()).toBe("nothing");
    }));

  test("a value for a generator that has not begun is a TypeError, and the generator is as before", () =>
    simulate(function* () {
      const g = echo();
      const send = g.asend("x");
      const error = yield* errorOf(send);
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toBe("can't send non-None value to a just-started async generator");
      expect((yield* errorOf(send)) as Error).toEqual(new RuntimeError("cannot reuse already awaited anext()/asend()"));
      expect(yield* g.asend(undefined)).toBe("begun");
      expect(yield* g.asend("y")).toBe("y");
    }));

  test("on a generator that has ended it throws StopAsyncIteration", () =>
    simulate(function* () {
      const g = two();
      yield* g.aclose();
      expect(yield* errorOf(g.asend(5))).toBeInstanceOf(StopAsyncIteration);
    }));
});

describe("athrow", () => {
  test("throws at the yield; a body that goes on returns its next value", () =>
    simulate(function* () {
      const g = echo();
      yield* g.anext();
      expect(yield* g.athrow(new Boom())).toBe("caught");
      expect(yield* g.asend("on")).toBe("on");
    }));

  test("the body may wait before it yields again", () =>
    simulate(function* () {
      const g = asyncGenerator(function* () {
        try {
          yield "first";
        } catch {
          yield* sleep(1);
          yield "after";
        }
      })();
      yield* g.anext();
      const step = g.athrow(new Boom());
      expect(yield* step).toBe("after");
      expect(((yield* errorOf(step)) as Error).message).toBe("cannot reuse already awaited aclose()/athrow()");
      expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
    }));

  test("an error that the body does not catch comes out, and ends it", () =>
    simulate(function* () {
      const g = echo();
      yield* g.anext();
      const error = new TypeError("t");
      const step = g.athrow(error);
      expect(yield* errorOf(step)).toBe(error);
      expect(((yield* errorOf(step)) as Error).message).toBe("cannot reuse already awaited aclose()/athrow()");
      expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
    }));

  test("a body that catches and returns ends the iteration", () =>
    simulate(function* () {
      const g = asyncGenerator(function* () {
        try {
          yield 1;
        } catch {}
      })();
      yield* g.anext();
      expect(yield* errorOf(g.athrow(new Boom()))).toBeInstanceOf(StopAsyncIteration);
    }));

  test("a generator that has not begun ends without running", () =>
    simulate(function* () {
      const log: string[] = [];
      const g = slow(log);
      const error = new Boom();
      expect(yield* errorOf(g.athrow(error))).toBe(error);
      expect(log).toEqual([]);
      expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
    }));

  test("does nothing to a generator that has ended, however it has", () =>
    simulate(function* () {
      const finished = two();
      for (let i = 0; i < 2; i++) yield* finished.anext();
      yield* errorOf(finished.anext());
      const failed = two();
      yield* errorOf(failed.athrow(new Boom()));
      const closed = two();
      yield* closed.aclose();
      for (const g of [finished, failed, closed]) expect(yield* g.athrow(new Boom())).toBe(undefined);
    }));

  test("GeneratorExit comes out like any other error", () =>
    simulate(function* () {
      const g = echo();
      yield* g.anext();
      const exit = new GeneratorExit();
      expect(yield* errorOf(g.athrow(exit))).toBe(exit);
    }));
});

describe("StopAsyncIteration raised by the body", () => {
  test("becomes a RuntimeError with it as the cause", () =>
    simulate(function* () {
      const stop = new StopAsyncIteration("mine");
      const g = asyncGenerator(function* () {
        yield 1;
        throw stop;
      })();
      yield* g.anext();
      const error = (yield* errorOf(g.anext())) as Error;
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error.message).toBe("async generator raised StopAsyncIteration");
      expect(error.cause).toBe(stop);
      expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
    }));

  test("also when it was thrown in, but not if the body had not begun", () =>
    simulate(function* () {
      const stop = new StopAsyncIteration();
      const begun = two();
      yield* begun.anext();
      expect((yield* errorOf(begun.athrow(stop))) as Error).toHaveProperty("cause", stop);
      expect(yield* errorOf(two().athrow(stop))).toBe(stop);
    }));
});

describe("aclose", () => {
  test("throws GeneratorExit at the yield, and waits for the finally blocks", () =>
    simulate(function* () {
      const log: string[] = [];
      const g = asyncGenerator(function* () {
        try {
          yield 1;
        } catch (error) {
          log.push((error as Error).name);
          throw error;
        } finally {
          yield* sleep(1);
          yield* sleep(1);
          log.push("closed");
        }
      })();
      yield* g.anext();
      const close = g.aclose();
      yield* close;
      expect(log).toEqual(["GeneratorExit", "closed"]);
      expect(((yield* errorOf(close)) as Error).message).toBe("cannot reuse already awaited aclose()/athrow()");
      expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
    }));

  test("a body that returns at GeneratorExit is closed", () =>
    simulate(function* () {
      const g = asyncGenerator(function* () {
        try {
          yield 1;
        } catch {}
      })();
      yield* g.anext();
      expect(yield* g.aclose()).toBe(undefined);
    }));

  test("can be done twice, before the beginning, and after the end", () =>
    simulate(function* () {
      const log: string[] = [];
      const g = slow(log);
      yield* g.aclose();
      yield* g.aclose();
      expect(log).toEqual([]);
      expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
      const h = two();
      yield* h.anext();
      yield* h.anext();
      yield* errorOf(h.anext());
      yield* h.aclose();
    }));

  test("throws what the body throws meanwhile, after which the generator is closed", () =>
    simulate(function* () {
      const error = new Boom();
      const g = asyncGenerator(function* () {
        try {
          yield 1;
        } finally {
          yield* sleep(0);
          // biome-ignore lint/correctness/noUnsafeFinally: it replaces the GeneratorExit on purpose
          throw error;
        }
      })();
      yield* g.anext();
      expect(yield* errorOf(g.aclose())).toBe(error);
      yield* g.aclose();
    }));

  test("a body that yields instead of ending is a RuntimeError; it can still be iterated, but not closed", () =>
    simulate(function* () {
      const g = asyncGenerator(function* () {
        try {
          yield 1;
        } catch {
          yield "ignored";
        }
        yield 2;
      })();
      yield* g.anext();
      expect((yield* errorOf(g.aclose())) as Error).toEqual(new RuntimeError("async generator ignored GeneratorExit"));
      expect(yield* g.anext()).toBe(2);
      expect(yield* errorOf(g.athrow(new Boom()))).toBeInstanceOf(StopAsyncIteration);
      expect(yield* errorOf(g.aclose())).toBeInstanceOf(StopAsyncIteration);
      expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
    }));
});

describe("one step at a time", () => {
  const running = (method: string) => new RuntimeError(`${method}(): asynchronous generator is already running`);

  test("while a step is suspended, every other one is a RuntimeError, and the first goes on", () =>
    simulate(function* () {
      const g = slow();
      const first = createTask(g.anext());
      yield* turns(1);
      expect(yield* errorOf(g.anext())).toEqual(running("anext"));
      expect(yield* errorOf(g.asend(1))).toEqual(running("anext"));
      expect(yield* errorOf(g.athrow(new Boom()))).toEqual(running("athrow"));
      expect(yield* errorOf(g.aclose())).toEqual(running("aclose"));
      expect(yield* first).toBe(1);
      expect(yield* g.anext()).toBe(2);
    }));

  test("a step that was refused cannot be awaited again", () =>
    simulate(function* () {
      const g = slow();
      const first = createTask(g.anext());
      yield* turns(1);
      const refused = [g.anext(), g.aclose()];
      for (const step of refused) yield* errorOf(step);
      expect(((yield* errorOf(refused[0]!)) as Error).message).toBe("cannot reuse already awaited anext()/asend()");
      expect(((yield* errorOf(refused[1]!)) as Error).message).toBe("cannot reuse already awaited aclose()/athrow()");
      yield* first;
    }));

  test("a step returns its value once", () =>
    simulate(function* () {
      const g = two();
      const step = g.anext();
      yield* step;
      expect(((yield* errorOf(step)) as Error).message).toBe("cannot reuse already awaited anext()/asend()");
      expect(yield* g.anext()).toBe(2);
    }));

  test("a body cannot wait for its own generator", () =>
    simulate(function* () {
      const errors: unknown[] = [];
      const g = asyncGenerator(function* (): Generator<unknown, void, unknown> {
        errors.push(yield* errorOf(g.anext()), yield* errorOf(g.aclose()));
        yield 1;
      })();
      yield* g.anext();
      expect(errors).toEqual([running("anext"), running("aclose")]);
    }));

  test("also while aclose() is under way", () =>
    simulate(function* () {
      const g = asyncGenerator(function* () {
        try {
          yield 1;
        } finally {
          yield* sleep(1);
        }
      })();
      yield* g.anext();
      const closing = createTask(g.aclose());
      yield* turns(1);
      expect(yield* errorOf(g.anext())).toEqual(running("anext"));
      expect(yield* errorOf(g.aclose())).toEqual(running("aclose"));
      yield* closing;
    }));
});

describe("cancellation", () => {
  test("is thrown where the body waits, and ends the generator", () =>
    simulate(function* () {
      const log: string[] = [];
      const g = slow(log);
      const task = createTask(g.anext());
      yield* turns(1);
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect(log).toEqual(["CancelledError"]);
      expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
    }));

  test("before the step begins it is thrown at the yield, whatever the step", () =>
    simulate(function* () {
      for (const step of ["anext", "athrow", "aclose"] as const) {
        const log: string[] = [];
        const g = slow(log);
        yield* g.anext();
        const task = createTask<unknown>(step === "athrow" ? g.athrow(new Boom()) : g[step]());
        task.cancel();
        expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
        expect(log).toEqual(["CancelledError"]);
        expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
      }
    }));

  test("before the generator has begun it ends it without running it", () =>
    simulate(function* () {
      for (const step of ["anext", "aclose"] as const) {
        const log: string[] = [];
        const g = slow(log);
        const task = createTask<unknown>(g[step]());
        task.cancel();
        expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
        expect(log).toEqual([]);
        expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
      }
    }));

  test("a body that catches it can go on", () =>
    simulate(function* () {
      const g = asyncGenerator(function* () {
        try {
          yield* sleep(10);
        } catch {
          yield "caught";
        }
      })();
      const task = createTask(g.anext());
      yield* turns(1);
      task.cancel();
      expect(yield* task).toBe("caught");
    }));

  test("of a task that is closing it: the cancellation comes out, and the generator has ended", () =>
    simulate(function* () {
      const g = asyncGenerator(function* () {
        try {
          yield 1;
        } finally {
          yield* sleep(10);
        }
      })();
      yield* g.anext();
      const closing = createTask(g.aclose());
      yield* turns(1);
      closing.cancel();
      expect(yield* errorOf(closing)).toBeInstanceOf(CancelledError);
      yield* g.aclose();
    }));

  test("closing a step that has not begun closes the generator, as close() does in Python", () =>
    simulate(function* () {
      const log: string[] = [];
      const g = slow(log);
      yield* g.anext();
      const group = new TaskGroup();
      expect(thrownBy(() => group.createTask(g.anext()))).toBeInstanceOf(RuntimeError);
      expect(log).toEqual(["GeneratorExit"]);
      expect(yield* errorOf(g.anext())).toBeInstanceOf(StopAsyncIteration);
    }));
});

describe("the function", () => {
  test("keeps its name; the generator shows it", () => {
    expect(two.name).toBe("two");
    expect(String(two())).toBe("<async_generator object two>");
  });

  test("is given its this by the call, or by thisArg", () =>
    simulate(function* () {
      class Source {
        readonly items = ["a", "b"];
        each = asyncGenerator(function* (this: Source) {
          yield* sleep(0);
          for (const item of this.items) yield item;
        });
        bound = asyncGenerator(function* (this: Source, from: number) {
          for (const item of this.items.slice(from)) yield item;
        }, this);
      }
      const source = new Source();
      expect(yield* source.each().anext()).toBe("a");
      const { bound } = source;
      expect(yield* bound(1).anext()).toBe("b");
    }));

  test("refuses what is no function*, and says what to write", () => {
    expect(() => asyncGenerator(5 as never)).toThrow("asyncGenerator expects a function*, got 5");
    expect(() => asyncGenerator(async function* () {} as never)).toThrow("not an async function*");
    expect(() => asyncGenerator((() => 5) as never)()).toThrow(TypeError);
  });
});
