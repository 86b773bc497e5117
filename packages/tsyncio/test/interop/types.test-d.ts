/** What the compiler infers of the bridges. Checked by tsc. */

import type { EventEmitter } from "node:events";
import {
  abortable,
  anext,
  asyncFor,
  asyncGenerator,
  asyncWith,
  type Coroutine,
  cancelOnAbort,
  createTask,
  createTaskState,
  type Events,
  events,
  type FromPromiseOptions,
  type Future,
  fromCallback,
  fromEvent,
  fromPromise,
  fromReadableStream,
  fromWritableStream,
  retry,
  run,
  type StreamSink,
  sleep,
  TaskGroup,
  type TaskState,
  timeout,
  toPromise,
  toReadableStream,
  wrapFuture,
} from "tsyncio";
import { check, type Equal } from "../types/equal.ts";

const { signal } = new AbortController();

declare const socket: WebSocket;
declare const emitter: EventEmitter;

export function* inferred() {
  const number = yield* fromPromise(Promise.resolve(1));
  check<Equal<typeof number, number>>();
  const called = fromPromise(async (s: AbortSignal) => s.aborted);
  check<Equal<typeof called, Coroutine<boolean>>>();
  const wrapped = wrapFuture(Promise.resolve("a"));
  check<Equal<typeof wrapped, Future<string>>>();
  const promise = toPromise(sleep(1, "x"), { signal });
  check<Equal<typeof promise, Promise<string>>>();
  const result = yield* asyncWith(abortable(signal), () => sleep(1, "x"));
  check<Equal<typeof result, string>>();
  const stream = toReadableStream(
    asyncGenerator(function* () {
      yield 1;
    })(),
  );
  check<Equal<typeof stream, ReadableStream<number>>>();
  const chunk = yield* fromReadableStream(stream).anext();
  check<Equal<typeof chunk, number>>();
  const sink = fromWritableStream(new WritableStream<Uint8Array>());
  check<Equal<typeof sink, StreamSink<Uint8Array>>>();
  cancelOnAbort(signal, createTask(sleep(1)));
  cancelOnAbort(signal, new TaskGroup());
  cancelOnAbort(signal, timeout(1));

  const client = fromPromise(Promise.resolve({ release() {} }), {
    late: (late) => late.release(),
    cancel: async () => {},
    settle: 5,
  });
  check<Equal<typeof client, Coroutine<{ release(): void }>>>();
  fromPromise(Promise.resolve("a"), {
    *late(value) {
      check<Equal<typeof value, string>>();
      yield* sleep(1);
    },
  });
  fromPromise((s) => fetch("/", { signal: s }), { late: (response) => response.body?.cancel() });
  const called2 = yield* fromCallback<string>((resolve, reject, s) => {
    check<Equal<typeof s, AbortSignal>>();
    resolve("a");
    resolve(Promise.resolve("b"));
    reject(new Error());
    return () => {};
  });
  check<Equal<typeof called2, string>>();
  yield* fromCallback((resolve) => resolve());
  const message = yield* fromEvent(socket, "message", { error: "error", signal });
  check<Equal<typeof message, MessageEvent>>();
  const unknownEvent = yield* fromEvent(socket, "anything");
  check<Equal<typeof unknownEvent, Event>>();
  const own = yield* fromEvent<CustomEvent<number>>(socket, "own");
  check<Equal<typeof own, CustomEvent<number>>>();
  const args = yield* fromEvent<[code: number]>(emitter, "exit", { error: null });
  check<Equal<typeof args, [code: number]>>();
  const unknownArgs = yield* fromEvent(emitter, "exit");
  check<Equal<typeof unknownArgs, unknown[]>>();
  yield* asyncFor(
    events(socket, "message", { end: ["close"], capacity: 5, overflow: "dropOldest" }),
    function* (event) {
      check<Equal<typeof event, MessageEvent>>();
    },
  );
  const lines = events<[line: string]>(emitter, "line", { end: Symbol("end"), pause: () => {}, resume: () => {} });
  check<Equal<typeof lines, Events<[line: string]>>>();
  const [line] = yield* anext(lines);
  check<Equal<typeof line, string>>();
  const retried = yield* retry(() => sleep(1, "x"), { when: (error) => error instanceof TypeError, on: () => {} });
  check<Equal<typeof retried, string>>();
  const fetched = yield* retry(() => fetch("/"), { delay: (_error, attempt) => attempt });
  check<Equal<typeof fetched, Response>>();

  const state = createTaskState(
    function* (text: string, limit?: number) {
      yield* sleep(limit ?? 1);
      return text.length;
    },
    { mode: "drop" },
  );
  check<Equal<typeof state, TaskState<[text: string, limit?: number], number>>>();
  state.run("a", 5).then((outcome) => {
    if (outcome.state === "done") check<Equal<typeof outcome.value, number>>();
    // @ts-expect-error there is a value only where it is done
    outcome.value;
  });
  const { value, state: how } = state.getSnapshot();
  check<Equal<typeof value, number | undefined>>();
  check<Equal<typeof how, "idle" | "running" | "done" | "failed" | "cancelled">>();
  // @ts-expect-error an argument is missing
  state.run();
  // @ts-expect-error a promise is no coroutine
  createTaskState(async () => 5);
  // @ts-expect-error there is no such mode
  createTaskState(() => sleep(1), { mode: "latest" });

  // @ts-expect-error the value is a string
  fromCallback<string>((resolve) => resolve(5));
  // @ts-expect-error a value is needed
  fromCallback<string>((resolve) => resolve());
  // @ts-expect-error neither a target nor an emitter
  fromEvent({}, "x");
  // @ts-expect-error an event of a target has no symbol for a name
  fromEvent(socket, Symbol("x"));
  // @ts-expect-error there is no such option
  events(emitter, "x", { highWaterMark: 5 });
  // @ts-expect-error there is no such overflow
  events(emitter, "x", { overflow: "block" });
  // @ts-expect-error the coroutine itself
  retry(sleep(1));
  // @ts-expect-error nothing that could fail later
  retry(() => 5);
  // @ts-expect-error seconds
  retry(() => sleep(1), { delay: "1s" });

  const result2 = run(sleep(1, 5), { signal, signals: false, debug: true });
  check<Equal<typeof result2, Promise<number>>>();
  run(sleep(1), { signals: ["SIGINT", "SIGTERM"] });
  const options: FromPromiseOptions<string> = { late: null, cancel: null, settle: null };
  fromPromise(Promise.resolve("a"), options);

  // @ts-expect-error true is no list of signals
  run(sleep(1), { signals: true });
  // @ts-expect-error a controller is no signal
  run(sleep(1), { signal: new AbortController() });
  // @ts-expect-error the value is a string
  fromPromise(Promise.resolve("a"), { late: (value: number) => value });
  // @ts-expect-error there is no such option
  fromPromise(Promise.resolve("a"), { latr: () => {} });
  // @ts-expect-error settle is a number of seconds
  fromPromise(Promise.resolve("a"), { settle: "1s" });
  // @ts-expect-error not a promise
  fromPromise(5);
  // @ts-expect-error a function that returns no promise
  fromPromise(() => 5);
  // @ts-expect-error not an awaitable
  toPromise(Promise.resolve(1));
  // @ts-expect-error a controller is no signal
  abortable(new AbortController());
  // @ts-expect-error the wrong chunk
  yield* sink.write("text");
  // @ts-expect-error nothing to cancel
  cancelOnAbort(signal, sleep(1));
}
