/**
 * The helpers of `tsyncio/native`, used as the compiler uses them: each function here is what it makes of the comment
 * above it.
 */

import {
  aiter,
  allTasks,
  asyncFor,
  asyncWith,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  iscoroutine,
  Queue,
  run,
  StopAsyncIteration,
  sleep,
  type Task,
  TaskGroup,
  TimeoutError,
  timeout,
  toArray,
  wait,
  waitFor,
} from "tsyncio";
import {
  awaited as $a,
  boundFunction as $b,
  privateMethod as $C,
  coroutineFunction as $c,
  delegate as $d,
  generatorFunction as $g,
  chained as $h,
  Iteration as $I,
  methods as $m,
  objectMethods as $o,
  coroutinePrototype as $P,
  adopted as $r,
  Scope as $S,
} from "tsyncio/native";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

// biome-ignore lint/suspicious/noExplicitAny: output of the compiler has no types
type Any = any;

// async function double(n) { await sleep(1); return n * 2; }
double.prototype = $P;
function* double(n: number): Any {
  yield* $a(sleep(1));
  return n * 2;
}

// async function* count(n) { try { for (let i = 0; i < n; i++) { await sleep(1); yield i; } return "end"; } finally {
// log.push("closed"); } }
const count = $g(function* (n: number, log: unknown[] = []): Any {
  try {
    for (let i = 0; i < n; i++) {
      yield* $a(sleep(1));
      yield yield* $r(i);
    }
    return yield* $r("end");
  } finally {
    log.push("closed");
  }
});

/** for await (const item of source) body(item), which leaves the loop if it returns true. */
function* forAwait(source: unknown, body: (item: unknown) => unknown): Any {
  const $i = new $I(source);
  try {
    while (yield* $i.next()) if (body($i.value)) break;
  } catch ($e) {
    throw $i.fail($e);
  } finally {
    if ($i.left()) yield* $i.close();
  }
}

// async function twice(n) { await sleep(0); return n * 2; }
twice.prototype = $P;
function* twice(n: number): Any {
  yield* $a(sleep(0));
  return n * 2;
}

describe("coroutines", () => {
  it("are lazy, flat, and promises for native code", async () => {
    expect(iscoroutine(twice(1))).toBe(true);
    expect(twice(1)).toBeInstanceOf(Promise);
    expect(await twice(2)).toBe(4);
    expect(await twice(3).finally(() => {})).toBe(6);
    expect(await Promise.all([twice(4), twice(5)])).toEqual([8, 10]);
    expect(await run(twice(6))).toBe(12);
    const bad = $c(function* (): Any {
      throw new RangeError("no");
    });
    expect(await bad().catch((error: Error) => error.name)).toBe("RangeError");
  });

  it("are made of methods, private ones and bound arrows", async () => {
    class A {
      static {
        // biome-ignore lint/complexity/noThisInStatic: output of the compiler
        $m(this.prototype, ["both", "never", "replaced"], []);
      }
      base = 10;
      bound = $b(
        $c(
          {
            *bound(this: A): Any {
              return ((yield* $a(twice(1))) as number) + this.base;
            },
          }.bound,
        ).bind(this),
      );
      // biome-ignore lint/complexity/noCommaOperator: output of the compiler
      $r = ($C(this.#once as Any), 0);
      *both(n: number): Any {
        return [yield* $a(this.#once(n)), yield* $a(this.#once(n))];
      }
      *#once(n: number): Any {
        return yield* $r(twice(n));
      }
      replaced = 1;
    }
    const a = new A() as Any;
    expect(await a.both(2)).toEqual([4, 4]);
    expect(await a.bound()).toBe(12);
    expect(a.bound.name).toBe("bound");
    const o = $o(
      {
        *[`m${1}`](): Any {
          return this;
        },
      },
      ["m1"],
      [],
    ) as Any;
    expect(await o.m1()).toBe(o);
  });
});

describe("await", () => {
  it("takes coroutines, plain generators, tasks, futures, promises, thenables, and values", () =>
    simulate(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<number>();
      loop.callLater(1, () => future.setResult(3));
      function* plain(): Coroutine<number> {
        yield* sleep(1);
        return 2;
      }
      const got: unknown[] = [];
      for (const value of [double(1), plain(), createTask(double(2)), future, sleep(1, "s"), null, 5, "text", [1]]) {
        got.push(yield* $a(value));
      }
      expect(got).toEqual([2, 2, 4, 3, "s", null, 5, "text", [1]]);
    }));

  it("runs coroutines of any kind in the task that awaits, though native code could await them as well", () =>
    simulate(function* () {
      const here = $c(function* (): Any {
        return currentTask();
      });
      function* plain(): Any {
        return currentTask();
      }
      for (const make of [here, plain, () => asyncWith(timeout(1), here), coroutine(plain)]) {
        expect(yield* $a(make())).toBe(currentTask());
      }
      expect(yield* $a(($h(asyncWith(timeout(1), here)) as Any).finally(() => {}))).toBe(currentTask());
    }));

  it("takes promises and thenables, whose `then` it reads once", async () => {
    let read = 0;
    const thenable = {
      get then() {
        read++;
        return (resolve: (value: number) => void) => resolve(2);
      },
    };
    const main = $c(function* (): Any {
      return [yield* $a(Promise.resolve(1)), yield* $a(thenable), yield* $a(errorOfPromise())];
    });
    const errorOfPromise = $c(function* (): Any {
      try {
        yield* $a(Promise.reject(new RangeError("no")));
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(await run(main())).toEqual([1, 2, "no"]);
    expect(read).toBe(1);
  });

  it("runs a coroutine of a function of tsyncio in the same task, awaited and returned", () =>
    simulate(function* () {
      const queue = new Queue<number>();
      queue.putNowait(1);
      const waiting = $c(function* (): Any {
        yield* $a(queue.join());
      });
      const returning = $c(function* (): Any {
        return yield* $r(waitFor(queue.join(), null));
      });
      const tasks = [createTask(waiting()), createTask(returning())];
      yield* sleep(0);
      expect(allTasks().size).toBe(3);
      for (const task of tasks) task.cancel();
      yield* wait(tasks);
      expect(tasks.map((task) => task.cancelled())).toEqual([true, true]);
      const twice = waitFor(sleep(0, 1), null);
      expect(yield* $a(twice)).toBe(1);
      expect(String(yield* errorOf($a(twice)))).toContain("cannot reuse already awaited");
    }));

  it("of a plain value lets others have one turn; what is returned or yielded costs none", () =>
    simulate(function* () {
      const log: string[] = [];
      const other = createTask(
        (function* (): Coroutine<void> {
          for (let i = 0; i < 2; i++) {
            log.push(`other ${i}`);
            yield* sleep(0);
          }
        })(),
      );
      yield* $r(1);
      log.push("returned");
      yield* $a(1);
      log.push("awaited");
      yield* other;
      expect(log).toEqual(["returned", "other 0", "awaited", "other 1"]);
    }));

  it("`while (!ready) await null` ends", () =>
    simulate(function* () {
      let ready = false;
      const loop = getRunningLoop();
      loop.callSoon(() => loop.callSoon(() => (ready = true)));
      let turns = 0;
      while (!ready) {
        yield* $a(null);
        turns++;
      }
      expect(turns).toBe(2);
    }));

  it("leaves a returned generator object as it is", () =>
    simulate(function* () {
      const items = (function* () {
        yield 1;
      })();
      expect(yield* $r(items)).toBe(items);
    }));

  it("is where a cancelled task leaves, of every kind", () =>
    simulate(function* () {
      const left: string[] = [];
      const kinds: Record<string, () => unknown> = {
        coroutine: () => double(1),
        future: () => getRunningLoop().createFuture(),
        task: () => createTask(double(1)),
        value: () => 1,
        leaf: () => sleep(1),
        group: () => gather(double(1), double(2)),
      };
      for (const [kind, make] of Object.entries(kinds)) {
        const task = createTask(
          $c(function* (): Any {
            try {
              for (;;) yield* $a(make());
            } finally {
              left.push(kind);
            }
          })(),
        );
        yield* sleep(0);
        task.cancel();
        expect(((yield* errorOf(task)) as Error).name).toBe("CancelledError");
      }
      expect(left).toEqual(Object.keys(kinds));
    }));
});

describe("for await", () => {
  it("iterates generators of either syntax, Python's iterators, native ones, and sync iterables", () =>
    simulate(function* () {
      const native = {
        i: 0,
        [Symbol.asyncIterator]() {
          return this;
        },
        next() {
          return this.i < 2 ? { done: false, value: this.i++ } : { done: true, value: undefined };
        },
      };
      const python = {
        i: 0,
        aiter() {
          return this;
        },
        *anext(): Coroutine<number> {
          if (this.i === 2) throw new StopAsyncIteration();
          return this.i++;
        },
      };
      for (const source of [count(2), aiter(count(2)), python, native, [0, double(0.5)]]) {
        const got: unknown[] = [];
        yield* forAwait(source, (item) => void got.push(item));
        expect(got).toEqual([0, 1]);
      }
    }));

  it("closes what it leaves early, and only that", () =>
    simulate(function* () {
      for (const leave of [true, false]) {
        const log: unknown[] = [];
        yield* forAwait(count(2, log), () => leave);
        expect(log).toEqual(["closed"]);
      }
      const log: string[] = [];
      const native = {
        [Symbol.asyncIterator]() {
          return this;
        },
        next: () => ({ done: false, value: 1 }),
        return() {
          log.push("return");
          throw new Error("of return");
        },
      };
      const error = yield* errorOf(
        forAwait(native, () => {
          throw new RangeError("of the body");
        }),
      );
      expect((error as Error).message).toBe("of the body");
      expect(log).toEqual(["return"]);
    }));

  it("throws for what cannot be iterated", () =>
    simulate(function* () {
      for (const source of [null, undefined, 1, {}, { [Symbol.asyncIterator]: () => 1 }]) {
        expect(yield* errorOf(forAwait(source, () => {}))).toBeInstanceOf(TypeError);
      }
    }));
});

describe("async generators", () => {
  it("have JavaScript's methods and Python's", () =>
    simulate(function* () {
      const js = count(1);
      expect(yield* $a(js.next())).toEqual({ value: 0, done: false });
      expect(yield* $a(js.next())).toEqual({ value: "end", done: true });
      expect(yield* $a(js.next())).toEqual({ value: undefined, done: true });
      const py = count(2);
      expect(yield* $a(py.anext())).toBe(0);
      yield* $a(py.aclose());
      expect(yield* errorOf(py.anext())).toMatchObject({ name: "StopAsyncIteration" });
      expect(yield* toArray(count(3))).toEqual([0, 1, 2]);
      const seen: unknown[] = [];
      yield* asyncFor(count(2) as Any, function* (item) {
        seen.push(item);
      });
      expect(seen).toEqual([0, 1]);
    }));

  it("return(value) awaits the value, runs finally, and never begins a body", () =>
    simulate(function* () {
      const log: unknown[] = [];
      const open = count(3, log);
      yield* $a(open.next());
      expect(yield* $a(open.return(double(4)))).toEqual({ value: 8, done: true });
      expect(log).toEqual(["closed"]);
      const fresh = count(3, log);
      expect(yield* $a(fresh.return("r"))).toEqual({ value: "r", done: true });
      expect(yield* $a(fresh.next())).toEqual({ value: undefined, done: true });
      expect(log).toEqual(["closed"]);
      expect(yield* errorOf(count(1).throw(new RangeError("t")))).toMatchObject({ message: "t" });
    }));

  it("serve requests in the order in which they begin", () =>
    simulate(function* () {
      const g = count(2);
      expect(yield* gather(g.next(), g.next(), g.next(), g.next())).toEqual([
        { value: 0, done: false },
        { value: 1, done: false },
        { value: "end", done: true },
        { value: undefined, done: true },
      ]);
    }));

  it("a request that is cancelled in the line is not served, and the next one is", () =>
    simulate(function* () {
      const g = count(3);
      const tasks = [1, 2, 3].map(() => createTask(g.next() as Coroutine<unknown>));
      yield* sleep(0.5);
      tasks[1]?.cancel();
      expect(yield* tasks[0] as Task<unknown>).toEqual({ value: 0, done: false });
      expect(yield* tasks[2] as Task<unknown>).toEqual({ value: 1, done: false });
    }));

  it("`yield*` hands on next, throw and return, and is what the inner one returns", () =>
    simulate(function* () {
      const log: unknown[] = [];
      const inner = $g(function* (): Any {
        try {
          for (;;) log.push(yield log.length);
        } catch (error) {
          log.push((error as Error).message);
          return yield* $r(double(5));
        } finally {
          yield* $a(sleep(1));
          log.push("inner closed");
        }
      });
      const outer = $g(function* (): Any {
        const result = yield* $d(inner());
        log.push(result);
        return yield* $r("outer");
      });
      const g = outer();
      expect(yield* $a(g.next("lost"))).toEqual({ value: 0, done: false });
      expect(yield* $a(g.next("sent"))).toEqual({ value: 1, done: false });
      expect(yield* $a(g.throw(new Error("thrown")))).toEqual({ value: "outer", done: true });
      expect(log).toEqual(["sent", "thrown", "inner closed", 10]);

      log.length = 0;
      const left = outer();
      yield* $a(left.next());
      expect(yield* $a(left.return("r"))).toEqual({ value: "r", done: true });
      expect(log).toEqual(["inner closed"]);
    }));

  it("`yield*` reads next() once, other methods once a use, and calls those of sync iterators with what it was sent", () =>
    simulate(function* () {
      const log: unknown[] = [];
      const source = (key: symbol) => ({
        [key]() {
          const method = (name: string, done: boolean) => {
            log.push(`get ${name}`);
            return (...args: unknown[]) => {
              log.push([name, ...args]);
              return { done, value: args[0] };
            };
          };
          return {
            get next() {
              return method("next", false);
            },
            get return() {
              return method("return", true);
            },
          };
        },
      });
      for (const key of [Symbol.asyncIterator, Symbol.iterator]) {
        log.length = 0;
        const g = $g(function* (): Any {
          yield* $d(source(key));
        })();
        yield* $a(g.next());
        yield* $a(g.next("sent"));
        yield* $a(g.return("left"));
        expect(log).toEqual(["get next", ["next", undefined], ["next", "sent"], "get return", ["return", "left"]]);
      }
    }));

  it("`yield*` takes Python's generators, and sync iterables whose items it awaits", () =>
    simulate(function* () {
      const outer = $g(function* (): Any {
        yield* $d(aiter(count(2)));
        yield* $d([double(1), "x"]);
      });
      expect(yield* toArray(outer())).toEqual([0, 1, 2, "x"]);
    }));
});

describe("await using", () => {
  it("is async with: a group waits for its children, and a timeout becomes a TimeoutError", () =>
    simulate(function* () {
      const log: string[] = [];
      const loop = getRunningLoop();
      const body = $c(function* (): Any {
        {
          const $s = new $S();
          try {
            const group = (yield* $s.use(new TaskGroup())) as TaskGroup;
            group.createTask(double(1));
            log.push("body");
          } catch ($e) {
            $s.fail($e);
          } finally {
            yield* $s.exit();
          }
        }
        log.push(`left at ${loop.time()}`);
        {
          const $s = new $S();
          try {
            yield* $s.use(timeout(1));
            yield* $a(sleep(10));
          } catch ($e) {
            $s.fail($e);
          } finally {
            yield* $s.exit();
          }
        }
      });
      const begun = loop.time();
      expect(yield* errorOf(body())).toBeInstanceOf(TimeoutError);
      expect(log).toEqual(["body", `left at ${begun + 1}`]);
    }));

  it("disposes as JavaScript does, in reverse order, and chains the errors", () =>
    simulate(function* () {
      const log: string[] = [];
      const resource = (name: string) => ({
        [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]: $c(function* (): Any {
          yield* $a(sleep(1));
          log.push(name);
          if (name === "a") throw new Error("of a");
        }),
      });
      const body = $c(function* (): Any {
        const $s = new $S();
        try {
          yield* $s.use(resource("a"));
          yield* $s.use(null);
          yield* $s.use(resource("b"));
          throw new Error("of the body");
        } catch ($e) {
          $s.fail($e);
        } finally {
          yield* $s.exit();
        }
      });
      const error = (yield* errorOf(body())) as Any;
      expect(log).toEqual(["b", "a"]);
      expect(error.name).toBe("SuppressedError");
      expect([error.error.message, error.suppressed.message]).toEqual(["of a", "of the body"]);
    }));

  it("a generator that is closed cancels its group, however it is closed", () =>
    simulate(function* () {
      for (const close of ["return", "aclose"] as const) {
        const log: string[] = [];
        const endless = $c(function* (): Any {
          try {
            yield* $a(getRunningLoop().createFuture());
          } finally {
            log.push("child cancelled");
          }
        });
        const g = $g(function* (): Any {
          const $s = new $S();
          try {
            const group = (yield* $s.use(new TaskGroup())) as TaskGroup;
            group.createTask(endless());
            yield 1;
          } catch ($e) {
            $s.fail($e);
          } finally {
            yield* $s.exit();
          }
        })() as Any;
        yield* $a(g.next());
        yield* sleep(0);
        yield* $a(g[close]());
        expect(log).toEqual(["child cancelled"]);
      }
    }));

  it("refuses what cannot be left, and managers that enter another object", () =>
    simulate(function* () {
      const use = $c(function* (manager: unknown): Any {
        const $s = new $S();
        try {
          yield* $s.use(manager);
        } catch ($e) {
          $s.fail($e);
        } finally {
          yield* $s.exit();
        }
      });
      expect(((yield* errorOf(use({}))) as Error).message).toContain("cannot be disposed");
      const other = {
        *aenter(): Coroutine<object> {
          return {};
        },
        *aexit(): Coroutine<void> {},
      };
      expect(((yield* errorOf(use(other))) as Error).message).toContain("asyncWith");
    }));
});

describe("chained", () => {
  it("runs the handlers in the task that awaits, and a cancellation passes them", () =>
    simulate(function* () {
      const fails = $c(function* (): Any {
        yield* $a(sleep(1));
        throw new RangeError("no");
      });
      const caught = yield* $a(($h(fails()) as Any).catch((error: Error) => error.message));
      expect(caught).toBe("no");
      expect(yield* $a(($h(double(1)) as Any).then(double))).toBe(4);
      const log: string[] = [];
      const task = createTask(
        $c(function* (): Any {
          yield* $a(($h(double(1)) as Any).catch(() => log.push("handler")).finally(() => log.push("finally")));
        })(),
      );
      yield* sleep(0);
      task.cancel();
      yield* errorOf(task);
      expect(task.cancelled()).toBe(true);
    }));
});
