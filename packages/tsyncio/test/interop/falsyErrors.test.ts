/** JavaScript can throw `undefined`, 0 and "": a crossing that looked whether there is an error would find none. */

import {
  asyncFor,
  asyncGenerator,
  asyncMap,
  asyncWith,
  BaseExceptionGroup,
  type Coroutine,
  createTask,
  createTaskState,
  events,
  fromCallback,
  fromEvent,
  fromPromise,
  fromReadableStream,
  fromWritableStream,
  gather,
  getRunningLoop,
  retry,
  run,
  shield,
  sleep,
  TaskGroup,
  toPromise,
  toReadableStream,
  wrapFuture,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, rejection } from "../support.ts";
import { Emitter } from "./emitter.ts";

const values: [name: string, value: unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["0", 0],
  ['""', ""],
  ["false", false],
  ["NaN", Number.NaN],
];

function* fails(value: unknown): Coroutine<never> {
  yield* sleep(0);
  throw value;
}

const failing = asyncGenerator(function* (value: unknown) {
  yield 1;
  yield* fails(value);
});

function stream(value: unknown): ReadableStream<number> {
  return new ReadableStream({ pull: (controller) => controller.error(value) });
}

/** What throws the value itself. */
const passedOn: Record<string, (value: unknown) => Coroutine<unknown>> = {
  "fromPromise of a promise": (value) => fromPromise(Promise.reject(value)),
  "fromPromise of a function": (value) => fromPromise(() => Promise.reject(value)),
  "fromPromise of a function that throws": (value) =>
    fromPromise(() => {
      throw value;
    }),
  "fromPromise with settle": (value) => fromPromise(() => Promise.reject(value), { settle: 1 }),
  wrapFuture: function* (value) {
    return yield* wrapFuture(Promise.reject(value));
  },
  "toPromise of a coroutine": (value) => fromPromise(toPromise(fails(value))),
  "toPromise of a future": (value) => fromPromise(toPromise(createTask(fails(value)))),
  "await of a coroutine in native code": (value) =>
    fromPromise((async () => await retry(() => fails(value), { attempts: 1 }))()),
  "fromCallback, by reject": (value) => fromCallback((_resolve, reject) => reject(value)),
  "fromCallback, by a later reject": (value) => fromCallback((_resolve, reject) => void setTimeout(reject, 0, value)),
  "fromCallback, by resolve": (value) => fromCallback((resolve) => resolve(Promise.reject(value))),
  "fromCallback, that throws": (value) =>
    fromCallback(() => {
      throw value;
    }),
  "a task": function* (value) {
    return yield* createTask(fails(value));
  },
  *shield(value) {
    return yield* shield(fails(value));
  },
  *gather(value) {
    return yield* gather(fails(value), sleep(0));
  },
  "a done task": function* (value) {
    const task = createTask(fails(value));
    yield* errorOf(task);
    return yield* task;
  },
  retry: (value) => retry(() => fails(value), { attempts: 3, delay: 0 }),
  "retry, of a promise": (value) => retry(() => Promise.reject(value), { attempts: 1 }),
  "retry, when it is not tried again": (value) => retry(() => fails(value), { when: () => false }),
  "asyncMap, by the function": (value) =>
    asyncFor(
      asyncMap([1, 2], () => fails(value)),
      function* () {},
    ),
  "asyncMap with a limit, by the function": (value) =>
    asyncFor(
      asyncMap([1], () => fails(value), { limit: 2 }),
      function* () {},
    ),
  "asyncMap with a limit, by the source": (value) =>
    asyncFor(
      asyncMap(failing(value), (n) => sleep(0, n), { limit: 2 }),
      function* () {},
    ),
  "asyncMap with a limit, by a promise": (value) =>
    asyncFor(
      asyncMap([1], () => Promise.reject(value), { limit: 2 }),
      function* () {},
    ),
  fromReadableStream: (value) => asyncFor(fromReadableStream(stream(value)), function* () {}),
  "the body of asyncWith": (value) => asyncWith(new Manager(), () => fails(value)),
};

/** Told how its block has ended. */
class Manager {
  error: unknown = "not left";

  *aenter(): Coroutine<this> {
    return this;
  }

  *aexit(error: unknown): Coroutine<void> {
    this.error = error;
  }
}

describe.each(values)("%s", (_name, value) => {
  it.each(Object.keys(passedOn))("is thrown by %s", async (name) => {
    const reports: unknown[] = [];
    const thrown = await run(
      (function* () {
        getRunningLoop().setExceptionHandler((_, context) => reports.push(context));
        return [yield* errorOf((passedOn[name] as (value: unknown) => Coroutine<unknown>)(value))];
      })(),
    );
    expect(thrown).toEqual([value]);
    expect(reports).toEqual([]);
  });

  it("is thrown by run", async () => {
    expect(await rejection(run(fails(value)))).toBe(value);
  });

  it("is an exception of its task, which says what was thrown", () =>
    run(
      (function* () {
        const task = createTask(fails(value));
        yield* errorOf(task);
        expect(String(task.exception())).toMatch(/^TypeError: (undefined|null|0|""|false|NaN) was thrown$/);
        const [outcome] = yield* gather([fails(value)], { returnExceptions: true });
        expect(outcome).toBeInstanceOf(TypeError);
      })(),
    ));

  it("ends a TaskGroup, in a child as in its block", () =>
    run(
      (function* () {
        const blocks: ((group: TaskGroup) => Coroutine<unknown>)[] = [
          function* (group) {
            group.createTask(fails(value));
            yield* sleep(1000);
          },
          () => fails(value),
        ];
        for (const block of blocks) {
          const error = yield* errorOf(asyncWith(new TaskGroup(), block));
          expect(error).toBeInstanceOf(BaseExceptionGroup);
          expect((error as BaseExceptionGroup).exceptions.map(String)[0]).toContain(" was thrown");
        }
      })(),
    ));

  it("tells a manager that its block has failed", () =>
    run(
      (function* () {
        const manager = new Manager();
        yield* errorOf(asyncWith(manager, () => fails(value)));
        expect(manager.error).toBeInstanceOf(TypeError);
        let aborted: unknown = null;
        const sink = new WritableStream({
          abort: (reason) => {
            aborted = reason;
          },
        });
        yield* errorOf(asyncWith(fromWritableStream(sink), () => fails(value)));
        expect(aborted).toBeInstanceOf(TypeError);
      })(),
    ));

  it("of an emitter's event error ends fromEvent and events with an error", () =>
    run(
      (function* () {
        const emitter = new Emitter();
        const one = createTask(fromEvent(emitter, "data"));
        const all = events(emitter, "data");
        yield* sleep(0);
        emitter.emit("error", value);
        const expected = value === undefined || value === null ? expect.any(Error) : value;
        expect(yield* errorOf(one)).toEqual(expected);
        expect(yield* errorOf(all.anext())).toEqual(expected);
        expect(emitter.count).toBe(0);
      })(),
    ));

  it("of a source ends a stream with an error that says so", async () => {
    const reader = toReadableStream(failing(value)).getReader();
    expect(await reader.read()).toEqual({ done: false, value: 1 });
    expect(await rejection(reader.read())).toBeInstanceOf(TypeError);
  });

  it("is the outcome of a run that has failed, of createTaskState", async () => {
    const state = createTaskState(() => fails(value));
    expect(await state.run()).toEqual({ state: "failed", error: value });
    expect(state.getSnapshot()).toMatchObject({ state: "failed", error: value });
  });
});
