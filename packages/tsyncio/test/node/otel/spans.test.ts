/** `span` and `withSpan`: blocks, and what has them for a parent. */

import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  asyncGenerator,
  asyncWith,
  type Coroutine,
  coroutine,
  createTask,
  cursor,
  Event,
  fromPromise,
  gather,
  run,
  sleep,
  TimeoutError,
  timeout,
} from "tsyncio";
import { span, withSpan } from "tsyncio/otel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { errorOf } from "../../support.ts";
import { active, elsewhere, Sdk } from "./support.ts";

let sdk: Sdk;
beforeEach(() => {
  sdk = new Sdk();
});
afterEach(() => sdk[Symbol.dispose]());

const running = <T>(main: () => Coroutine<T>): Promise<T> => run(main());

describe("a span around a block", () => {
  it("is the parent of spans that any library makes in it, before and after each await; and of none after it", async () => {
    await running(function* () {
      elsewhere("before");
      yield* asyncWith(span("block"), function* ({ span: own }) {
        expect(active()).toBe(own);
        elsewhere("at once");
        yield* sleep(0);
        elsewhere("after a turn");
        yield* sleep(0.001);
        elsewhere("after a timer");
        yield* fromPromise(new Promise<void>((resolve) => setTimeout(resolve, 1)));
        elsewhere("after a promise");
      });
      elsewhere("at once after it");
      expect(active()).toBe(undefined);
      yield* sleep(0);
      elsewhere("later");
    });
    expect(sdk.tree()).toEqual([
      "before",
      "block > at once",
      "block > after a turn",
      "block > after a timer",
      "block > after a promise",
      "block",
      "at once after it",
      "later",
    ]);
  });

  it("holds for native code that is called in it, across its own awaits", async () => {
    const native = async () => {
      elsewhere("called");
      await new Promise((resolve) => setTimeout(resolve, 1));
      elsewhere("after its await");
    };
    await run(withSpan("block", () => fromPromise(native)));
    expect(sdk.tree()).toEqual(["block > called", "block > after its await", "block"]);
  });

  it("may be nested, and each ends where it should", async () => {
    await run(
      withSpan("outer", function* () {
        yield* withSpan("first", () => sleep(0));
        elsewhere("between");
        yield* withSpan("second", () => sleep(0));
      }),
    );
    expect(sdk.tree()).toEqual(["outer > first", "outer > between", "outer > second", "outer"]);
  });

  it("holds for flat coroutines, however deep", async () => {
    const deep: (levels: number) => Coroutine<void> = coroutine(function* deep(levels: number): Coroutine<void> {
      yield* sleep(0);
      if (levels > 0) yield* deep(levels - 1);
      else elsewhere("inside");
    });
    await run(withSpan("block", () => deep(200)));
    expect(sdk.tree()).toEqual(["block > inside", "block"]);
  });

  it("is the parent in the tasks that are made in it, also when they outlive it; siblings see none of each other", async () => {
    const event = new Event();
    function* child(name: string): Coroutine<void> {
      yield* withSpan(name, function* () {
        yield* sleep(0);
        elsewhere(`in ${name}`);
      });
      yield* event.wait();
      elsewhere(`late of ${name}`);
    }
    await running(function* () {
      const made = yield* withSpan("block", function* () {
        const tasks = [createTask(child("a")), createTask(child("b"))];
        yield* sleep(0.001);
        return tasks;
      });
      event.set();
      yield* gather(...made);
      elsewhere("after");
    });
    expect(sdk.tree().sort()).toEqual([
      "a > in a",
      "after",
      "b > in b",
      "block",
      "block > a",
      "block > b",
      "block > late of a",
      "block > late of b",
    ]);
  });

  it("begins inside of what run() was called in, and inside of what native code has begun a coroutine in", async () => {
    const outer = trace.getTracer("t").startSpan("outer");
    await context.with(trace.setSpan(context.active(), outer), () => run(withSpan("in run", () => sleep(0))));
    await context.with(trace.setSpan(context.active(), outer), async () => {
      await withSpan("by native code", () => sleep(0));
    });
    outer.end();
    expect(sdk.tree().sort()).toEqual(["outer", "outer > by native code", "outer > in run"]);
  });

  it("returns the result of its body, which gets OpenTelemetry's span, and takes OpenTelemetry's options", async () => {
    const options = { attributes: { size: 3 }, kind: SpanKind.CLIENT, links: [], root: true, startTime: 1 };
    const body = function* (own: { setAttribute(key: string, value: string): unknown }) {
      own.setAttribute("of", "the body");
      return 7;
    };
    const nested = withSpan("outer", () => withSpan("inner", body, options));
    expect(await run(nested)).toBe(7);
    expect(sdk.tree()).toEqual(["inner", "outer"]);
    expect(sdk.span("inner")).toMatchObject({ attributes: { size: 3, of: "the body" }, kind: SpanKind.CLIENT });
  });
});

describe("the end of a block", () => {
  it("by an exception is recorded, which goes on", async () => {
    const failed = run(
      withSpan("block", function* () {
        yield* sleep(0);
        throw new TypeError("wrong");
      }),
    );
    await expect(failed).rejects.toThrow(new TypeError("wrong"));
    const { status, events, attributes } = sdk.span("block");
    expect(status).toEqual({ code: SpanStatusCode.ERROR, message: "wrong" });
    expect(events.map(({ attributes }) => attributes?.["exception.type"])).toEqual(["TypeError"]);
    expect(attributes).toEqual({});
  });

  it("by a cancellation is no error, but said", async () => {
    const late = running(function* () {
      yield* asyncWith(timeout(0.001), () => withSpan("block", () => sleep(1000)));
    });
    await expect(late).rejects.toThrow(TimeoutError);
    const { status, attributes } = sdk.span("block");
    expect(status.code).toBe(SpanStatusCode.UNSET);
    expect(attributes).toEqual({ "tsyncio.cancelled": true });
  });

  it("comes also where the block is closed half-way", async () => {
    const numbers = asyncGenerator(function* () {
      yield* asyncWith(span("block"), function* () {});
      yield 1;
      yield 2;
    });
    await running(function* () {
      const some = numbers();
      const one = cursor(some);
      yield* one.next();
      yield* some.aclose();
    });
    const coro = withSpan("closed", () => sleep(1000));
    await running(function* () {
      const task = createTask(coro);
      yield* sleep(0.001);
      coro.return(undefined as never);
      task.cancel();
      yield* errorOf(task);
    }).catch(() => {});
    expect(sdk.ended.map(({ name }) => name).sort()).toEqual(["block", "closed"]);
  });
});

describe("a block", () => {
  it("costs a turn of the loop at each end", async () => {
    const order: string[] = [];
    function* others(): Coroutine<void> {
      for (let turn = 1; turn <= 3; turn++) {
        order.push(`turn ${turn}`);
        yield* sleep(0);
      }
    }
    await running(function* () {
      createTask(others());
      yield* sleep(0);
      yield* withSpan("block", function* () {
        order.push("inside");
      });
      order.push("after");
    });
    expect(order).toEqual(["turn 1", "turn 2", "inside", "turn 3", "after"]);
  });
});

describe("wrong use", () => {
  it("is an error that says what to do", async () => {
    expect(() => span(3 as never)).toThrow(new TypeError("the name of a span must be a string, got 3"));
    expect(() => span("a", { atributes: {} } as never)).toThrow(
      /span has no option "atributes": did you mean attributes\?/,
    );
    await expect(run(withSpan("a", "b" as never))).rejects.toThrow(
      /withSpan expects a function\* as its body, got "b"/,
    );
    expect(() => span("a").span).toThrow('the span "a" has not been entered');
    const once = span("once");
    await run(asyncWith(once, () => sleep(0)));
    await expect(run(asyncWith(once, () => sleep(0)))).rejects.toThrow("already been entered: make one for each block");
    expect(String(once)).toBe('<SpanScope "once" [ended]>');
    expect(() => once[Symbol.asyncDispose]()).toThrow(/await using cannot leave/);
  });
});
