import {
  asyncFor,
  asyncGenerator,
  asyncWith,
  ContextVar,
  type Coroutine,
  createTask,
  cursor,
  fromPromise,
  fromReadableStream,
  fromWritableStream,
  getRunningLoop,
  run,
  StopAsyncIteration,
  sleep,
  toArray,
  toReadableStream,
  wait,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, failure, rejection } from "../support.ts";

const native = <T>(main: () => Coroutine<T>): Promise<T> => run(main());

/** A stream of 0, 1, 2, …, and what happens to it. */
function numbers(count: number, log: string[] = []): ReadableStream<number> {
  let next = 0;
  return new ReadableStream<number>(
    {
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (next === count) controller.close();
        else controller.enqueue(next++);
      },
      cancel() {
        log.push("cancelled");
      },
    },
    { highWaterMark: 0 },
  );
}

describe("fromReadableStream()", () => {
  it("lets go of a stream that fails, with what it has failed with", () =>
    run(
      (function* () {
        for (const preventCancel of [false, true]) {
          const boom = new Error("boom");
          let error = (_reason: unknown) => {};
          const stream = new ReadableStream<number>({
            start(controller) {
              controller.enqueue(1);
              error = (reason) => controller.error(reason);
            },
          });
          const got: number[] = [];
          const failed = yield* errorOf(
            asyncFor(fromReadableStream(stream, { preventCancel }), function* (item) {
              got.push(item);
              error(boom);
            }),
          );
          expect(failed).toBe(boom);
          expect([got, stream.locked]).toEqual([[1], false]);
        }
      })(),
    ));

  it("yields the chunks, and lets the stream go at the end", () =>
    native(function* () {
      const stream = numbers(3);
      expect(yield* toArray(fromReadableStream(stream))).toEqual([0, 1, 2]);
      expect(stream.locked).toBe(false);
    }));

  it("ends once and for all", () =>
    native(function* () {
      const source = fromReadableStream(numbers(1));
      expect(yield* source.anext()).toBe(0);
      for (let i = 0; i < 2; i++) expect(yield* failure(() => source.anext())).toBeInstanceOf(StopAsyncIteration);
    }));

  it("throws the stream's error", () =>
    native(function* () {
      const stream = new ReadableStream({
        pull() {
          throw new Error("broken");
        },
      });
      expect((yield* failure(() => toArray(fromReadableStream(stream)))).message).toBe("broken");
    }));

  it("cancels the stream when it is left early, unless that is prevented", () =>
    native(function* () {
      for (const preventCancel of [false, true]) {
        const log: string[] = [];
        const stream = numbers(9, log);
        const loop = asyncFor(fromReadableStream(stream, { preventCancel }), function* (i) {
          if (i === 2) throw new Error("enough");
        });
        expect(String(yield* errorOf(loop))).toBe("Error: enough");
        expect([log, stream.locked]).toEqual([preventCancel ? [] : ["cancelled"], false]);
      }
    }));

  it("loses no chunk where a wait is cancelled", () =>
    native(function* () {
      const source = cursor(fromReadableStream(numbers(3)));
      const got: number[] = [];
      function* collect(): Coroutine<void> {
        while (yield* source.next()) got.push(source.value);
      }
      const task = createTask(collect());
      yield* sleep(0);
      task.cancel();
      yield* wait([task]);
      yield* collect();
      expect(got).toEqual([0, 1, 2]);
    }));
});

describe("toReadableStream()", () => {
  const ticks = asyncGenerator(function* ticks(count: number, log: string[]) {
    try {
      for (let i = 0; i < count; i++) {
        log.push(`make ${i}`);
        yield* sleep(0.001);
        yield i;
      }
    } finally {
      yield* sleep(0);
      log.push("closed");
    }
  });

  async function read<T>(stream: ReadableStream<T>): Promise<T[]> {
    const all: T[] = [];
    const reader = stream.getReader();
    for (let r = await reader.read(); !r.done; r = await reader.read()) all.push(r.value);
    return all;
  }

  it("yields the items to native code of an async source", () =>
    native(function* () {
      const log: string[] = [];
      expect(yield* fromPromise(read(toReadableStream(ticks(3, log))))).toEqual([0, 1, 2]);
      expect(log.at(-1)).toBe("closed");
    }));

  it("fetches an item when it is asked for, or as many before as a strategy allows", () =>
    native(function* () {
      const lazy: string[] = [];
      const stream = toReadableStream(ticks(5, lazy));
      yield* sleep(0.01);
      expect(lazy).toEqual([]);
      yield* fromPromise(stream.cancel());
      const eager: string[] = [];
      const ahead = toReadableStream(ticks(5, eager), { highWaterMark: 2 });
      while (eager.length < 2) yield* sleep(0.001);
      yield* sleep(0.02); // a third would have its time
      expect(eager).toEqual(["make 0", "make 1"]);
      yield* fromPromise(ahead.cancel());
    }));

  it("carries an error over to the reader", () =>
    native(function* () {
      const failing = asyncGenerator(function* () {
        yield 1;
        throw new Error("broken");
      });
      expect(String(yield* fromPromise(rejection(read(toReadableStream(failing())))))).toBe("Error: broken");
    }));

  it("closes the source when the reader cancels, also while an item is under way", () =>
    native(function* () {
      const log: string[] = [];
      const endless = asyncGenerator(function* () {
        try {
          yield 1;
          yield* sleep(1000);
        } finally {
          yield* sleep(0);
          log.push("closed");
        }
      });
      const reader = toReadableStream(endless()).getReader();
      yield* fromPromise(reader.read());
      const second = reader.read();
      yield* sleep(0.005);
      yield* fromPromise(reader.cancel());
      expect((yield* fromPromise(second)).done).toBe(true);
      expect(log).toEqual(["closed"]);
    }));

  it("runs the source in the context of its maker", () =>
    native(function* () {
      const variable = new ContextVar<string>("variable", { default: "" });
      variable.set("maker's");
      const source = asyncGenerator(function* () {
        yield variable.get();
        variable.set("source's");
        yield variable.get();
        yield variable.get();
      });
      expect(yield* fromPromise(read(toReadableStream(source())))).toEqual(["maker's", "source's", "source's"]);
      expect(variable.get()).toBe("maker's");
    }));

  it("works without a loop, between native code and native code", async () => {
    expect(await read(toReadableStream(ticks(2, [])))).toEqual([0, 1]);
  });

  it("turned into a source again yields the same items", () =>
    native(function* () {
      expect(yield* toArray(fromReadableStream(toReadableStream(ticks(4, []))))).toEqual([0, 1, 2, 3]);
    }));
});

describe("fromWritableStream()", () => {
  it("lets go of a stream that fails to close or to abort", () =>
    run(
      (function* () {
        for (const end of ["close", "abort"] as const) {
          const refuse = () => Promise.reject(new Error("no"));
          const stream = new WritableStream<number>({ close: refuse, abort: refuse });
          const sink = fromWritableStream(stream);
          expect(yield* errorOf(sink[end]())).toEqual(new Error("no"));
          expect(stream.locked).toBe(false);
        }
      })(),
    ));

  function sink(log: string[], ms = 1, begins = () => {}) {
    return new WritableStream<string>({
      async write(chunk) {
        begins();
        await new Promise((resolve) => setTimeout(resolve, ms));
        if (chunk === "bad") throw new Error("cannot write");
        log.push(chunk);
      },
      close() {
        log.push("closed");
      },
      abort(reason) {
        log.push(`aborted: ${String(reason)}`);
      },
    });
  }

  it("writes chunk by chunk, and closes the stream at the end of the block", () =>
    native(function* () {
      const log: string[] = [];
      const stream = sink(log);
      yield* asyncWith(fromWritableStream(stream), function* (out) {
        yield* out.write("a");
        expect(log).toEqual(["a"]);
        yield* out.write("b");
      });
      expect([log, stream.locked]).toEqual([["a", "b", "closed"], false]);
    }));

  it("aborts the stream if the block throws", () =>
    native(function* () {
      const log: string[] = [];
      const block = asyncWith(fromWritableStream(sink(log)), function* (out) {
        yield* out.write("a");
        throw new Error("no more");
      });
      expect(String(yield* errorOf(block))).toBe("Error: no more");
      expect(log).toEqual(["a", "aborted: Error: no more"]);
    }));

  it("throws the stream's error at the write that failed", () =>
    native(function* () {
      const out = fromWritableStream(sink([]));
      expect((yield* failure(() => out.write("bad"))).message).toBe("cannot write");
      expect((yield* failure(() => out.write("more"))).message).toBe("cannot write");
    }));

  it("aborts when the task is cancelled in a write, and leaves no unhandled rejection", () =>
    native(function* () {
      const log: string[] = [];
      const begun = getRunningLoop().createFuture<void>();
      const task = createTask(
        asyncWith(fromWritableStream(sink(log, 20, () => begun.setResult())), function* (out) {
          yield* out.write("slow");
        }),
      );
      yield* begun;
      task.cancel();
      yield* wait([task]);
      expect(task.cancelled()).toBe(true);
      expect(log).toEqual(["slow", "aborted: CancelledError"]);
    }));
});
