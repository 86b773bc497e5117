/** What the compiler infers. Checked by tsc. */

import {
  type Awaitable,
  asCompleted,
  asyncFor,
  asyncWith,
  type Context,
  ContextVar,
  type Coroutine,
  coroutine,
  createTask,
  type EventLoop,
  ensureFuture,
  type Future,
  gather,
  type getRunningLoop,
  iscoroutine,
  isfuture,
  partial,
  Runner,
  run,
  runCoroutineThreadsafe,
  type Suspend,
  shield,
  sleep,
  type Task,
  TaskGroup,
  timeout,
  toThread,
  wait,
  waitFor,
} from "tsyncio";
import { check, type Equal } from "./equal.ts";

function* number() {
  yield* sleep(1);
  return 1;
}
function* text(n: number, suffix = "") {
  return `${yield* number()}${n}${suffix}`;
}
function* nothing() {
  yield* sleep(0);
}
function* never(): Coroutine<never> {
  throw new Error();
}

/** A plain generator function is a coroutine function by inference alone. */
const asCoroutine: Coroutine<string> = text(1);
const asAwaitable: Awaitable<string> = text(1);
void [asCoroutine, asAwaitable];

/** Through `yield*`. */
function* awaits(future: Future<Date>, task: Task<{ a: 1 }>, either: Awaitable<number> | Future<string>) {
  const n = yield* number();
  check<Equal<typeof n, number>>();
  const s = yield* text(n, "!");
  check<Equal<typeof s, string>>();
  const d = yield* future;
  check<Equal<typeof d, Date>>();
  const a = yield* task;
  check<Equal<typeof a, { a: 1 }>>();
  const slept = yield* sleep(1);
  check<Equal<typeof slept, void>>();
  const withResult = yield* sleep(1, "result");
  check<Equal<typeof withResult, string>>();
  const e = yield* either;
  check<Equal<typeof e, string | number>>();
  const v = yield* nothing();
  check<Equal<typeof v, void>>();
  return [n, s] as const;
}
check<Equal<ReturnType<typeof awaits>, Generator<Suspend, readonly [number, string], unknown>>>();

/** Tasks and futures. */
function* making(loop: EventLoop) {
  check<Equal<ReturnType<typeof createTask<number>>, Task<number>>>();
  const task = createTask(text(1), { name: "n", eagerStart: true });
  check<Equal<typeof task, Task<string>>>();
  const onLoop = loop.createTask(awaits(loop.createFuture<Date>(), createTask(aOne()), number()));
  check<Equal<typeof onLoop, Task<readonly [number, string]>>>();
  const future = loop.createFuture<number>();
  check<Equal<typeof future, Future<number>>>();
  check<Equal<ReturnType<typeof future.result>, number>>();
  const ensured = ensureFuture(number());
  check<Equal<typeof ensured, Future<number>>>();
  const same = ensureFuture(future);
  check<Equal<typeof same, Future<number>>>();
  const shielded = shield(task);
  check<Equal<typeof shielded, Future<string>>>();
  future.addDoneCallback((f) => check<Equal<typeof f, Future<number>>>());
  task.addDoneCallback((t) => check<Equal<typeof t, Task<string>>>());
  const native: PromiseLike<string> = task;
  const promise = runCoroutineThreadsafe(number(), loop);
  const settled: Promise<number> = promise;
  void [native, settled, promise.cancel()];
  yield* nothing();
}
function* aOne(): Coroutine<{ a: 1 }> {
  return { a: 1 };
}
void making;

/** Tuples of `gather`, with and without `returnExceptions`; options last; lists. */
function* gathers(list: Coroutine<number>[], future: Future<Date>) {
  const pair = yield* gather(number(), text(1));
  check<Equal<typeof pair, [number, string]>>();
  const mixed = yield* gather(future, createTask(number()), sleep(1), never());
  // biome-ignore lint/suspicious/noConfusingVoidType: it is what a coroutine without a result returns
  check<Equal<typeof mixed, [Date, number, void, never]>>();
  const outcomes = yield* gather(number(), text(1), { returnExceptions: true });
  check<Equal<typeof outcomes, [number | Error, string | Error]>>();
  const plain = yield* gather(number(), text(1), { returnExceptions: false });
  check<Equal<typeof plain, [number, string]>>();
  const cancels = yield* gather(number(), text(1), { cancelOnError: true });
  check<Equal<typeof cancels, [number, string]>>();
  const none = yield* gather();
  check<Equal<typeof none, []>>();
  const all = yield* gather(...list);
  check<Equal<typeof all, number[]>>();
  const allOutcomes = yield* gather(...list, { returnExceptions: true });
  check<Equal<typeof allOutcomes, (number | Error)[]>>();
  const [n, s] = yield* gather(number(), text(1));
  check<Equal<typeof n, number>>();
  check<Equal<typeof s, string>>();
  const array = yield* gather([number(), text(1)]);
  check<Equal<typeof array, [number, string]>>();
  const arrayOutcomes = yield* gather([number(), text(1)], { returnExceptions: true });
  check<Equal<typeof arrayOutcomes, [number | Error, string | Error]>>();
  const arrayCancels = yield* gather([number(), future], { cancelOnError: true });
  check<Equal<typeof arrayCancels, [number, Date]>>();
  const emptyArray = yield* gather([]);
  check<Equal<typeof emptyArray, []>>();
  const listed = yield* gather(list);
  check<Equal<typeof listed, number[]>>();
  const options = { returnExceptions: list.length > 1 };
  const eitherWay = yield* gather([number(), text(1)], options);
  check<Equal<typeof eitherWay, [number | Error, string | Error]>>();
  const eitherSpread = yield* gather(number(), text(1), options);
  check<Equal<typeof eitherSpread, [number | Error, string | Error]>>();
  const passedOn = (given?: { cancelOnError: boolean } | null) => gather(list, given);
  check<Equal<ReturnType<typeof passedOn>, Future<number[]>>>();
  const listedOutcomes = yield* gather(list, { returnExceptions: true });
  check<Equal<typeof listedOutcomes, (number | Error)[]>>();
  const nested = yield* gather(gather(number(), text(1)), number());
  check<Equal<typeof nested, [[number, string], number]>>();
}
void gathers;

/** wait, waitFor, asCompleted. */
function* waits(tasks: Task<number>[], set: Set<Future<string>>) {
  const [done, pending] = yield* wait(tasks, { timeout: 1, returnWhen: "FIRST_COMPLETED" });
  for (const future of done) check<Equal<ReturnType<typeof future.result>, number>>();
  for (const future of pending) check<Equal<ReturnType<typeof future.result>, number>>();
  const [strings] = yield* wait(set);
  for (const future of strings) check<Equal<ReturnType<typeof future.result>, string>>();
  const s = yield* waitFor(text(1), 5);
  check<Equal<typeof s, string>>();
  const n = yield* waitFor(createTask(number()), null);
  check<Equal<typeof n, number>>();
  for (const next of asCompleted(tasks)) {
    const value = yield* next;
    check<Equal<typeof value, number>>();
  }
  yield* asyncFor(asCompleted(tasks), function* (future) {
    check<Equal<ReturnType<typeof future.result>, number>>();
  });
}
void waits;

/** Groups and timeouts. */
function* groups() {
  const result = yield* asyncWith(new TaskGroup(), function* (group) {
    check<Equal<typeof group, TaskGroup>>();
    const task = group.createTask(text(1), { name: "child" });
    check<Equal<typeof task, Task<string>>>();
    yield* sleep(1);
    return task;
  });
  // A group swallows the cancellation that its own cancel() has caused.
  check<Equal<typeof result, Task<string> | undefined>>();
  const inTime = yield* asyncWith(timeout(5), function* (t) {
    check<Equal<ReturnType<typeof t.when>, number | null>>();
    return yield* number();
  });
  check<Equal<typeof inTime, number>>();
}
void groups;

/** run, Runner, runUntilComplete. */
async function runs(loop: EventLoop) {
  check<Equal<Awaited<ReturnType<typeof run<number>>>, number>>();
  const s = await run(text(1), { debug: true });
  check<Equal<typeof s, string>>();
  const n = await new Runner().run(number());
  check<Equal<typeof n, number>>();
  const tuple = await loop.runUntilComplete(gather(number(), text(1)));
  check<Equal<typeof tuple, [number, string]>>();
  const nested = await run(groups());
  check<Equal<typeof nested, void>>();
}
void runs;

/** coroutine() keeps parameters, `this` and result; what it makes can be awaited both ways. */
const wrapped = coroutine(function* wrapped(n: number, label?: string) {
  yield* sleep(1);
  return { n, label };
});
check<Equal<Parameters<typeof wrapped>, [n: number, label?: string | undefined]>>();
function* awaitsWrapped() {
  const value = yield* wrapped(1);
  check<Equal<typeof value, { n: number; label: string | undefined }>>();
  const task = createTask(wrapped(1, "x"));
  check<Equal<typeof task, Task<{ n: number; label: string | undefined }>>>();
}
async function awaitsNatively() {
  const value = await wrapped(1);
  check<Equal<typeof value, { n: number; label: string | undefined }>>();
}
const recursive = coroutine(function* recursive(n: number): Coroutine<number> {
  return n === 0 ? 0 : 1 + (yield* recursive(n - 1));
});
check<Equal<ReturnType<typeof recursive> extends Coroutine<number> ? true : false, true>>();
const generic = coroutine(function* generic<T>(value: T) {
  yield* sleep(0);
  return [value] as const;
});
function* awaitsGeneric() {
  const value = yield* generic("x");
  check<Equal<typeof value, readonly [string]>>();
}
class Service {
  base = 1;
  load = coroutine(function* (this: Service, n: number) {
    yield* sleep(0);
    return this.base + n;
  });
  *plain(n: number) {
    return yield* this.load(n);
  }
}
void [awaitsWrapped, awaitsNatively, awaitsGeneric, Service];

/** The rest: guards, context variables, partial, threads, callbacks. */
function* rest(value: unknown, loop: EventLoop, context: Context) {
  if (iscoroutine(value)) check<Equal<typeof value, Coroutine<unknown>>>();
  if (isfuture(value)) check<Equal<typeof value, Future<unknown>>>();
  const variable = new ContextVar<number>("v");
  const set = variable.get();
  check<Equal<typeof set, number>>();
  const orNull = variable.get(null);
  check<Equal<typeof orNull, number | null>>();
  const inside = context.run((a: number, b: string) => `${a}${b}`, 1, "x");
  check<Equal<typeof inside, string>>();
  const half = partial(text, 1);
  check<Equal<Parameters<typeof half>, [suffix?: string | undefined]>>();
  const computed = yield* toThread((a: number) => a * 2, 1);
  check<Equal<typeof computed, number>>();
  const awaited = yield* toThread(async () => "x");
  check<Equal<typeof awaited, string>>();
  loop.callSoon((a: number, b: string) => `${a}${b}`, 1, "x");
  check<Equal<ReturnType<typeof getRunningLoop>, EventLoop>>();
}
void rest;
