/** The shapes that differ in what the inner coroutine waits for when it is cancelled, and in how it stands there. */

import {
  anext,
  asCompleted,
  asyncGenerator,
  asyncMap,
  asyncWith,
  Barrier,
  Condition,
  type Coroutine,
  createTask,
  Event,
  events,
  FIRST_COMPLETED,
  fromCallback,
  fromEvent,
  gather,
  getRunningLoop,
  Lock,
  PriorityQueue,
  Queue,
  retry,
  Semaphore,
  shield,
  sleep,
  TaskGroup,
  timeout,
  wait,
  waitFor,
} from "tsyncio";
import { ClientSession } from "tsyncio/http-client";
import { chain, forEver, type Shape, type Wait } from "./shape.ts";

/** A task of its own that no task ends. */
function* pending() {
  yield* forEver();
}

/** Its server never answers, or is always busy. */
const silent = (): ClientSession =>
  new ClientSession({ base: "http://server/", limit: 1, fetch: () => sleep(1000, { status: 200 }) });
const busy = (): ClientSession =>
  new ClientSession({ base: "http://server/", retry: { delay: 100, maxDelay: 100 }, fetch: () => ({ status: 503 }) });

const waits: Record<string, Wait> = {
  "a future": forEver,
  sleep: () => sleep(100),
  *"a loop of sleep(0)"() {
    for (let i = 0; i < 1e5; i++) yield* sleep(i % 100 === 0 ? 0.01 : 0);
  },
  "a task": () => createTask(pending()),
  "a task of a task": () => createTask(waitsFor(() => createTask(pending()))),
  gather: () => gather(sleep(100), pending(), createTask(pending())),
  "gather with returnExceptions": () => gather(sleep(100), pending(), { returnExceptions: true }),
  "gather with cancelOnError": () => gather(sleep(100), pending(), { cancelOnError: true }),
  wait: () => wait([createTask(pending()), createTask(sleep(100))], { returnWhen: FIRST_COMPLETED }),
  "wait with a timeout": () => wait([pending()], { timeout: 50 }),
  waitFor: () => waitFor(pending(), 50),
  "waitFor of a task, without a timeout": () => waitFor(createTask(pending()), null),
  shield: () => shield(pending()),
  timeout: () => asyncWith(timeout(50), pending),
  "a request": () => silent().get("/"),
  *"a place for a request"() {
    const session = silent();
    createTask(session.get("/"));
    yield* sleep(0);
    yield* session.get("/");
  },
  "the next attempt of a request": () => busy().get("/"),
  "the exit of a TaskGroup": () =>
    asyncWith(new TaskGroup(), function* (group) {
      group.createTask(pending());
    }),
  asCompleted: () => [...asCompleted([pending(), pending()])][0] as Coroutine<void>,
  "anext of an async generator": () => anext(never()),
  fromCallback: () => fromCallback(() => () => {}),
  "fromCallback that settles": () => fromCallback((_, reject, signal) => onAbort(signal, reject), { settle: 50 }),
  fromEvent: () => fromEvent(new EventTarget(), "never", { error: "error", signal: new AbortController().signal }),
  "an event of an iteration": () => anext(events(new EventTarget(), "never")),
  "retry, in an attempt": () => retry(pending, { attempts: 9 }),
  "retry, between attempts": () => retry(fails, { attempts: Infinity, delay: 0.3, jitter: 0 }),
  "a result of asyncMap with a limit": () => anext(asyncMap([1, 2, 3], pending, { limit: 2 })),
  "an isolated child of a TaskGroup": () =>
    asyncWith(new TaskGroup(), function* (group) {
      group.createTask(pending(), { isolated: true });
    }),
  *"a lock"() {
    const lock = new Lock();
    yield* lock.acquire();
    yield* lock.acquire();
  },
  *"a semaphore"() {
    const semaphore = new Semaphore(0);
    yield* semaphore.acquire();
  },
  "an event": () => new Event().wait(),
  *"a condition, notified but the lock is held"() {
    const condition = new Condition();
    getRunningLoop().callLater(0.5, () => condition.notifyAll());
    yield* condition.acquire();
    try {
      yield* holdWhileWaiting(condition);
    } finally {
      if (condition.locked()) condition.release();
    }
  },
  *"a condition's predicate"() {
    const condition = new Condition();
    yield* condition.acquire();
    yield* condition.waitFor(() => false);
  },
  "a barrier": () => new Barrier(2).wait(),
  "an empty queue": () => new Queue().get(),
  *"a full queue"() {
    const queue = new Queue<number>(1);
    yield* queue.put(1);
    yield* queue.put(2);
  },
  "an empty priority queue": () => new PriorityQueue().get(),
  *"the join of a queue"() {
    const queue = new Queue<number>();
    yield* queue.put(1);
    yield* queue.join();
  },
};

function* fails(): Coroutine<void> {
  throw new Error("tried without success");
}

/** The foreign work calls back when it is aborted, in the next turn. */
function onAbort(signal: AbortSignal, call: (error: unknown) => void): void {
  const loop = getRunningLoop();
  signal.addEventListener("abort", () => loop.callSoon(call, signal.reason));
}

const never = asyncGenerator(function* () {
  yield* forEver();
  yield 1;
});

function* waitsFor(what: Wait) {
  yield* what();
}

/** `notifyAll` needs the lock; it fails, and is reported, unless a task holds it: a second task does. */
function* holdWhileWaiting(condition: Condition) {
  const holder = createTask(
    (function* () {
      yield* condition.acquire();
      try {
        yield* sleep(1.5);
      } finally {
        condition.release();
      }
    })(),
  );
  yield* condition.wait();
  yield* holder;
}

const kinds = ["pp", "ww", "pw", "wp", "pwpwp", "wpwpw", "wwwww", "ppppp", "p".repeat(50), "w".repeat(50)];

export const waitShapes: Shape[] = [
  ...Object.entries(waits).flatMap(([name, what]): Shape[] => [
    { name: `waits for ${name}, plain`, build: (log) => chain("pp", log, what) },
    { name: `waits for ${name}, made by coroutine()`, build: (log) => chain("ww", log, what) },
  ]),
  ...[...kinds, "pw".repeat(25)].map(
    (kind): Shape => ({
      name: `a chain of ${kind.length}: ${kind.length > 5 ? `${kind.slice(0, 4)}…` : kind}`,
      build: (log) => chain(kind, log),
    }),
  ),
  {
    name: "only one frame, plain",
    build: (log) => chain("p", log),
  },
  {
    name: "only one frame, made by coroutine()",
    build: (log) => chain("w", log),
  },
];
