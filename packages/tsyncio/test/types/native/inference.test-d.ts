"use tsyncio";

/** What the compiler infers in native syntax, with `tsyncio/native/types`. Checked by tsc, of two versions. */

import type { EventEmitter } from "node:events";
import {
  type AsyncContextManager,
  type AsyncGen,
  type Awaitable,
  abortable,
  aiter,
  anext,
  asCompleted,
  asyncFilter,
  asyncFor,
  asyncGenerator,
  asyncMap,
  asyncWith,
  Barrier,
  BoundedSemaphore,
  Condition,
  type Coroutine,
  type CoroutineObject,
  coroutine,
  createTask,
  createTaskState,
  cursor,
  Event,
  type EventLoop,
  type Events,
  ensureFuture,
  events,
  type Future,
  fromCallback,
  fromEvent,
  fromPromise,
  fromReadableStream,
  fromWritableStream,
  gather,
  getRunningLoop,
  LifoQueue,
  type Lock,
  PriorityQueue,
  partial,
  type Queue,
  Runner,
  retry,
  run,
  runCoroutineThreadsafe,
  Semaphore,
  shield,
  sleep,
  Task,
  TaskGroup,
  type Timeout,
  timeout,
  toArray,
  toAsyncIterable,
  toMap,
  toPromise,
  toSet,
  toThread,
  wait,
  waitFor,
} from "tsyncio";
import { type UsedTask, useTask } from "tsyncio/react";
import { check, type Equal } from "../equal.ts";

async function number(n = 1): Promise<number> {
  await sleep(1);
  return n;
}
async function text(suffix = "") {
  return `${await number()}${suffix}`;
}
async function nothing() {
  await sleep(0);
}
async function never(): Promise<never> {
  throw new Error();
}
async function* items(count: number) {
  for (let i = 0; i < count; i++) {
    await sleep(1);
    yield i;
  }
}
/** Generators are in native programs too: what compiles to them, and what is written as them. */
function* generator() {
  yield* sleep(1);
  return 1n;
}

/** Through `await`. */
export async function awaits(future: Future<Date>, task: Task<{ a: 1 }>, either: Future<number> | Promise<string>) {
  const n = await number();
  check<Equal<typeof n, number>>();
  const s = await text("!");
  check<Equal<typeof s, string>>();
  const d = await future;
  check<Equal<typeof d, Date>>();
  const a = await task;
  check<Equal<typeof a, { a: 1 }>>();
  const slept = await sleep(1);
  check<Equal<typeof slept, void>>();
  const withResult = await sleep(1, "result");
  check<Equal<typeof withResult, string>>();
  const e = await either;
  check<Equal<typeof e, string | number>>();
  const caught = await task.catch(() => null);
  check<Equal<typeof caught, { a: 1 } | null>>();
  const first = await sleep(1, 2)
    .catch(() => text())
    .finally(() => nothing());
  check<Equal<typeof first, string | number>>();
  return [n, s] as const;
}
check<Equal<ReturnType<typeof awaits>, Promise<readonly [number, string]>>>();

/** Tasks and futures. */
export async function making(loop: EventLoop) {
  const task = createTask(text(), { name: "n", eagerStart: true });
  check<Equal<typeof task, Task<string>>>();
  const ofGenerator = createTask(generator());
  check<Equal<typeof ofGenerator, Task<bigint>>>();
  const ofLeaf = createTask(sleep(1, "x"));
  check<Equal<typeof ofLeaf, Task<string>>>();
  const onLoop = loop.createTask(awaits(loop.createFuture<Date>(), createTask(aOne()), text()));
  check<Equal<typeof onLoop, Task<readonly [number, string]>>>();
  const own = new Task(number(), { name: "own" });
  check<Equal<typeof own, Task<number>>>();
  const joined = await createTask(number());
  check<Equal<typeof joined, number>>();
  const ensured = ensureFuture(number());
  check<Equal<typeof ensured, Future<number>>>();
  const shielded = shield(task);
  check<Equal<typeof shielded, Future<string>>>();
  const shieldedCall = await shield(number());
  check<Equal<typeof shieldedCall, number>>();
  const threadsafe = runCoroutineThreadsafe(number(), loop);
  const settled: Promise<number> = threadsafe;
  const promise = toPromise(number(), { signal: null });
  check<Equal<typeof promise, Promise<number>>>();
  await settled;
}
async function aOne(): Promise<{ a: 1 }> {
  return { a: 1 };
}

/** gather: tuples, options last, lists, spread. */
export async function gathers(list: Promise<number>[], future: Future<Date>, ids: readonly number[]) {
  const pair = await gather(number(), text());
  check<Equal<typeof pair, [number, string]>>();
  const mixed = await gather(future, createTask(number()), sleep(1), never(), generator());
  // biome-ignore lint/suspicious/noConfusingVoidType: it is what a coroutine without a result returns
  check<Equal<typeof mixed, [Date, number, void, never, bigint]>>();
  const outcomes = await gather(number(), text(), { returnExceptions: true });
  check<Equal<typeof outcomes, [number | Error, string | Error]>>();
  const cancels = await gather(number(), text(), { cancelOnError: true });
  check<Equal<typeof cancels, [number, string]>>();
  const none = await gather();
  check<Equal<typeof none, []>>();
  const spread = await gather(...list);
  check<Equal<typeof spread, number[]>>();
  const spreadOutcomes = await gather(...list, { returnExceptions: true });
  check<Equal<typeof spreadOutcomes, (number | Error)[]>>();
  const array = await gather([number(), text()]);
  check<Equal<typeof array, [number, string]>>();
  const arrayOutcomes = await gather([number(), text()], { returnExceptions: true });
  check<Equal<typeof arrayOutcomes, [number | Error, string | Error]>>();
  const listed = await gather(list);
  check<Equal<typeof listed, number[]>>();
  const mapped = await gather(ids.map((id) => number(id)));
  check<Equal<typeof mapped, number[]>>();
  const mappedInPlace = await gather(...ids.map(async (id) => ({ id, n: await number(id) })));
  check<Equal<typeof mappedInPlace, { id: number; n: number }[]>>();
  const nested = await gather(gather(number(), text()), number());
  check<Equal<typeof nested, [[number, string], number]>>();
}

/** wait, waitFor, asCompleted. */
export async function waits(tasks: Task<number>[]) {
  const [done, pending] = await wait(tasks, { timeout: 1, returnWhen: "FIRST_COMPLETED" });
  for (const future of [...done, ...pending]) check<Equal<typeof future, Future<number>>>();
  const [calls] = await wait([number(), number()]);
  for (const future of calls) check<Equal<typeof future, Future<number>>>();
  const n = await waitFor(number(), 5);
  check<Equal<typeof n, number>>();
  const t = await waitFor(createTask(text()), null);
  check<Equal<typeof t, string>>();
  for (const next of asCompleted([number(), number()])) {
    const value = await next;
    check<Equal<typeof value, number>>();
  }
  for await (const future of asCompleted(tasks)) {
    const value = await future;
    check<Equal<typeof value, number>>();
  }
}

/** Groups, timeouts, locks: `await using`. */
export async function managers(lock: Lock, signal: AbortSignal) {
  let task: Task<string>;
  {
    await using group = new TaskGroup();
    check<Equal<typeof group, TaskGroup>>();
    task = group.createTask(text(), { name: "child" });
    group.createTask(generator());
    for (const id of [1, 2]) group.createTask(number(id));
  }
  check<Equal<ReturnType<typeof task.result>, string>>();
  {
    await using deadline = timeout(5);
    check<Equal<typeof deadline, Timeout>>();
    await using _scope = abortable(signal);
    await sleep(1);
  }
  {
    await using _lock = lock;
    await using _semaphore = new Semaphore(1);
    await using _bounded = new BoundedSemaphore(1);
    await using _condition = new Condition(lock);
  }
  using held = await lock.acquire();
  check<Equal<typeof held, Lock>>();
  using _permit = await new Semaphore(1).acquire();
  const inTime = await asyncWith(timeout(1), async (t) => {
    check<Equal<typeof t, Timeout>>();
    return await number();
  });
  check<Equal<typeof inTime, number>>();
  const inGroup = await asyncWith(new TaskGroup(), async (group) => group.createTask(number()));
  check<Equal<typeof inGroup, number | undefined>>();
  const numbered = await asyncWith(new Barrier(1), async (position) => position);
  check<Equal<typeof numbered, number>>();
  const entered = await lock.aenter();
  check<Equal<typeof entered, void>>();
}

/** A manager of the program's own has async methods, and so has a subclass of one of tsyncio's. */
class Connection implements AsyncContextManager<Connection> {
  async aenter() {
    await sleep(1);
    return this;
  }
  async aexit(error: unknown) {
    await sleep(error === null ? 0 : 1);
  }
  async [Symbol.asyncDispose]() {
    await this.aexit(null);
  }
}
class LoggedGroup extends TaskGroup {
  override async aexit(error: unknown): Promise<boolean> {
    const handled = await super.aexit(error);
    check<Equal<typeof handled, boolean>>();
    return handled;
  }
}
export async function ownManagers() {
  const result = await asyncWith(new Connection(), async (connection) => {
    check<Equal<typeof connection, Connection>>();
    return await text();
  });
  check<Equal<typeof result, string>>();
  await using group = new LoggedGroup();
  group.createTask(nothing());
}

/** Locks, events, queues. */
export async function primitives(queue: Queue<Date>) {
  await queue.put(new Date());
  const date = await queue.get();
  check<Equal<typeof date, Date>>();
  await queue.join();

  const numbers = new PriorityQueue<number>();
  const least = await numbers.get();
  check<Equal<typeof least, number>>();
  const last = await new LifoQueue<string>().get();
  check<Equal<typeof last, string>>();
  const set = await new Event().wait();
  check<Equal<typeof set, true>>();
  const condition = new Condition();
  const found = await condition.waitFor(() => "found");
  check<Equal<typeof found, string>>();
  const position = await new Barrier(2).wait();
  check<Equal<typeof position, number>>();
}

/** Async iteration. */
class Counter {
  n = 0;
  aiter() {
    return this;
  }
  async anext() {
    await sleep(1);
    return this.n++;
  }
}
declare const socket: WebSocket;
declare const emitter: EventEmitter;

export function useSearch() {
  const search = useTask(async (text: string) => text.length + (await number(1)), { mode: "queue" });
  check<Equal<typeof search, UsedTask<[text: string], number>>>();
}

export async function mechanisms() {
  const called = await fromCallback<string>((resolve) => resolve("a"));
  check<Equal<typeof called, string>>();
  const message = await fromEvent(socket, "message");
  check<Equal<typeof message, MessageEvent>>();
  const [code] = await fromEvent<[number]>(emitter, "exit");
  check<Equal<typeof code, number>>();
  for await (const event of events(socket, "close")) check<Equal<typeof event, CloseEvent>>();
  for await (const [line] of events<[string]>(emitter, "line")) check<Equal<typeof line, string>>();
  await using open = events(socket, "close");
  check<Equal<typeof open, Events<CloseEvent>>>();
  const retried = await retry(async (attempt) => await number(attempt), { when: async () => true });
  check<Equal<typeof retried, number>>();
  const state = createTaskState(number);
  const outcome = await state.run(5);
  if (outcome.state === "done") check<Equal<typeof outcome.value, number>>();
  await using group = new TaskGroup();
  const task = group.createTask(number(1), { isolated: true, name: "client" });
  check<Equal<typeof task, Task<number>>>();
}

export async function iteration() {
  for await (const item of items(2)) check<Equal<typeof item, number>>();
  const array = await toArray(items(2));
  check<Equal<typeof array, number[]>>();
  const distinct = await toSet(items(2));
  check<Equal<typeof distinct, Set<number>>>();
  const pairs = asyncMap(items(2), (n): [string, number] => [`${n}`, n]);
  const byName = await toMap(pairs);
  check<Equal<typeof byName, Map<string, number>>>();
  const iterator = aiter(items(2));
  const first = await anext(iterator);
  check<Equal<typeof first, number>>();
  const second = await iterator.anext();
  check<Equal<typeof second, number>>();
  const other = await anext(items(1), "none");
  check<Equal<typeof other, string | number>>();
  const counted = await anext(new Counter());
  check<Equal<typeof counted, number>>();
  const collected = await toArray(new Counter());
  check<Equal<typeof collected, number[]>>();
  for await (const item of toAsyncIterable(new Counter())) check<Equal<typeof item, number>>();
  const mapped = asyncMap(items(2), async (n) => `${await number(n)}`);
  check<Equal<typeof mapped, AsyncGen<string>>>();
  const limited = asyncMap([1, 2], async (n) => `${await number(n)}`, { limit: 2, ordered: false });
  check<Equal<typeof limited, AsyncGen<string>>>();
  const fetched = asyncMap(new Set(["/"]), (url) => fetch(url), { limit: 2 });
  check<Equal<typeof fetched, AsyncGen<Response>>>();
  const filtered = asyncFilter(items(2), async (n) => (await number(n)) > 1);
  check<Equal<typeof filtered, AsyncGen<number>>>();
  await asyncFor(items(2), async (item) => {
    check<Equal<typeof item, number>>();
    await sleep(item);
  });
  const c = cursor(items(2));
  while (await c.next()) check<Equal<typeof c.value, number>>();
  const python = asyncGenerator(function* () {
    yield* sleep(1);
    yield new Date();
  })();
  const letter = await python.anext();
  check<Equal<typeof letter, Date>>();
}

/** run, Runner, loops, threads, bridges. */
export async function edges(loop: EventLoop, signal: AbortSignal) {
  check<Equal<Awaited<ReturnType<typeof run<number>>>, number>>();
  const s = await new Runner().run(text());
  check<Equal<typeof s, string>>();
  const tuple = await loop.runUntilComplete(gather(number(), text()));
  check<Equal<typeof tuple, [number, string]>>();
  const completed = await loop.runUntilComplete(number());
  check<Equal<typeof completed, number>>();
  const computed = await toThread((a: number) => a * 2, 1);
  check<Equal<typeof computed, number>>();
  const inThread = await toThread(async () => "x");
  check<Equal<typeof inThread, string>>();
  const fetched = await fromPromise((s: AbortSignal) => fetch("/", { signal: s }));
  check<Equal<typeof fetched, Response>>();
  const body = fromReadableStream(new Blob([]).stream());
  for await (const chunk of body) check<Equal<typeof chunk, Uint8Array<ArrayBuffer>>>();
  {
    await using sink = fromWritableStream(new WritableStream<string>());
    await sink.write("x");
  }
  const future = getRunningLoop().createFuture<number>();
  const got = await future;
  check<Equal<typeof got, number>>();
  const fixed = partial(number, 1);
  check<Equal<ReturnType<typeof fixed>, Promise<number>>>();
  signal.throwIfAborted();
}
export const result: number = await run(number(), { debug: true });

/** coroutine() takes an async function: those that are written in an unmarked module call it. */
const wrapped = coroutine(async (n: number, label?: string) => ({ n, label: label ?? (await text()) }));
check<Equal<Parameters<typeof wrapped>, [n: number, label?: string | undefined]>>();
export async function awaitsWrapped() {
  const value = await wrapped(1);
  check<Equal<typeof value, { n: number; label: string }>>();
}

/** A function of the program's own that takes any awaitable. */
export async function generic<T>(awaitable: Awaitable<T> & PromiseLike<T>, object: CoroutineObject<T>) {
  const value: Awaited<T> = await awaitable;
  return [value, await object] as const;
}
export function* inAGenerator(x: Awaitable<string>, y: Coroutine<Date>) {
  const s = yield* x;
  check<Equal<typeof s, string>>();
  const d = yield* y;
  check<Equal<typeof d, Date>>();
  const slept = yield* sleep(1, 5);
  check<Equal<typeof slept, number>>();
  const both = yield* gather(number(), sleep(1, "x"));
  check<Equal<typeof both, [number, string]>>();
}

/** Handlers, tables and lists of coroutine functions. */
const routes = {
  async list() {
    return [await number()];
  },
  find: async (id: number) => ({ id }),
};
export async function tables(handlers: readonly ((n: number) => Promise<string>)[]) {
  const [list, one] = await gather(routes.list(), routes.find(1));
  check<Equal<typeof list, number[]>>();
  check<Equal<typeof one, { id: number }>>();
  const all = await gather(handlers.map((handler) => handler(1)));
  check<Equal<typeof all, string[]>>();
  await using group = new TaskGroup();
  const tasks = handlers.map((handler) => group.createTask(handler(1)));
  check<Equal<typeof tasks, Task<string>[]>>();
}
