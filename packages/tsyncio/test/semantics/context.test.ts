import { type Context, ContextVar, copyContext, createTask, getRunningLoop, sleep, virtualLoop } from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";

describe("context variables", () => {
  it("are copied when a callback is registered: callSoon, callLater, addDoneCallback", async () => {
    const v = new ContextVar<string>("v", { default: "unset" });
    const log: string[] = [];
    await simulate(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<void>();
      v.set("at registration");
      loop.callSoon(() => log.push(`soon ${v.get()}`));
      loop.callLater(1, () => log.push(`later ${v.get()}`));
      future.addDoneCallback(() => log.push(`done ${v.get()}`));
      v.set("after");
      future.setResult();
      yield* sleep(2);
      log.push(v.get());
    });
    expect(log).toEqual(["soon at registration", "done at registration", "later at registration", "after"]);
  });

  it("of a task are a copy made by createTask: neither side sees what the other sets after that", async () => {
    const v = new ContextVar<number>("v");
    const log: string[] = [];
    await simulate(function* () {
      v.set(1);
      function* child() {
        log.push(`child ${v.get()}`);
        v.set(2);
        yield* sleep(1);
        log.push(`child ${v.get()}`);
      }
      const task = createTask(child());
      v.set(3);
      yield* sleep(0.5);
      log.push(`parent ${v.get()}`);
      yield* task;
      log.push(`parent ${v.get()}`);
      expect(task.getContext().get(v)).toBe(2);
    });
    expect(log).toEqual(["child 1", "parent 3", "child 2", "parent 3"]);
  });

  it("are shared with a coroutine that is awaited without a task", async () => {
    const v = new ContextVar<string>("v");
    await simulate(function* () {
      v.set("outer");
      function* inner() {
        yield* sleep(0);
        expect(v.get()).toBe("outer");
        v.set("inner");
      }
      yield* inner();
      expect(v.get()).toBe("inner");
    });
  });

  it("given by { context } run in that very object, and what they set stays in it", async () => {
    const v = new ContextVar<string>("v", { default: "unset" });
    const loop = virtualLoop();
    const context = copyContext();
    const seen: Context[] = [];
    function* body() {
      seen.push((task as { getContext(): Context }).getContext());
      v.set("by the task");
      yield* sleep(1);
    }
    const task = loop.createTask(body(), { context });
    await loop.runUntilComplete(task);
    expect(seen[0]).toBe(context);
    expect(context.get(v)).toBe("by the task");
    expect(v.get()).toBe("unset");
    loop.callSoon(() => v.set(`${v.get()}, by callSoon`), { context });
    const future = loop.createFuture<void>();
    future.addDoneCallback(() => v.set(`${v.get()}, by a done callback`), { context });
    loop.callSoon(() => future.setResult());
    loop.callLater(1, () => v.set(`${v.get()}, by a timer`), { context });
    loop.callLater(2, () => loop.stop());
    await loop.runForever();
    expect(context.get(v)).toBe("by the task, by callSoon, by a done callback, by a timer");
    expect(v.get()).toBe("unset");
  });

  it("two tasks may share one context in turns", async () => {
    const v = new ContextVar<string[]>("v");
    await simulate(function* () {
      const context = copyContext();
      function* one() {
        v.set(["one"]);
        yield* sleep(1);
        return v.get();
      }
      function* two() {
        yield* sleep(0.5);
        v.set([...v.get(), "two"]);
      }
      const first = createTask(one(), { context });
      yield* createTask(two(), { context });
      expect(yield* first).toEqual(["one", "two"]);
    });
  });

  it("reset goes back to what was before set, once, in the same context only", async () => {
    const v = new ContextVar<number>("v");
    await simulate(function* () {
      expect(() => v.get()).toThrow(/has no value here/);
      expect(v.get("fallback")).toBe("fallback");
      const token = v.set(1);
      const second = v.set(2);
      v.reset(second);
      expect(v.get()).toBe(1);
      expect(() => v.reset(second)).toThrow(/already been used/);
      expect(() => new ContextVar<number>("other").reset(token)).toThrow(/(another|different) ContextVar/);
      yield* createTask(
        (function* () {
          expect(() => v.reset(token)).toThrow(/(another|different) [Cc]ontext/);
        })(),
      );
      v.reset(token);
      expect(() => v.get()).toThrow(/has no value here/);
    });
  });
});

describe("the mapping", () => {
  it("has keys, values and entries, and takes variables only", () => {
    const [a, b] = [new ContextVar<number>("a"), new ContextVar<string>("b")];
    const context = copyContext();
    const before = context.size;
    context.run(() => {
      a.set(1);
      b.set("x");
    });
    expect([...context.keys()].slice(before)).toEqual([a, b]);
    expect([...context.values()].slice(before)).toEqual([1, "x"]);
    expect([...context].length).toBe(context.size);
    for (const wrong of [1, "a", null, {}]) {
      expect(() => context.get(wrong as never)).toThrow(/a ContextVar key was expected, got/);
      expect(() => context.has(wrong as never)).toThrow(TypeError);
    }
  });

  it("of a variable the name cannot be changed", () => {
    const variable = new ContextVar<number>("a");
    expect(() => Object.assign(variable, { name: "b" })).toThrow(TypeError);
    expect(variable.name).toBe("a");
  });

  it("a token is disposable: the value is reset at the end of its block", () => {
    const variable = new ContextVar("v", { default: 42 });
    {
      using _ = variable.set(36);
      expect(variable.get()).toBe(36);
    }
    expect(variable.get()).toBe(42);
    const token = variable.set(1);
    variable.reset(token);
    expect(() => token[Symbol.dispose]()).toThrow(/already been used once/);
  });
});
