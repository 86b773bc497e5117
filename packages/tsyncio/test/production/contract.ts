/**
 * What a production bundle must keep: classes of the program's that extend those of tsyncio and have methods and fields
 * of their own. scripts/production.mjs bundles it with each bundler and runs it; it throws at the first thing that is
 * wrong.
 */
import {
  asyncGenerator,
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  EventLoop,
  Future,
  gather,
  type Host,
  Queue,
  run,
  sleep,
  Task,
  TaskGroup,
  TimeoutError,
  timeout,
  toArray,
  VirtualHost,
} from "tsyncio";

function equal(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected)) throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`);
}

/** asyncio documents `_init`, `_get` and `_put` as what a queue of one's own replaces. */
class Newest<T> extends Queue<T> {
  declare protected _queue: T[];
  protected override _init(): void {
    this._queue = [];
  }
  protected override _get(): T {
    return this._queue.pop() as T;
  }
  protected override _put(item: T): void {
    this._queue.push(item);
  }
}

class Counted<T> extends Task<T> {
  static cancels = 0;
  readonly label = "counted";
  override cancel(msg?: unknown): boolean {
    Counted.cancels++;
    return super.cancel(msg);
  }
}

class Named<T> extends Future<T> {
  readonly label: string;
  constructor(label: string, loop: EventLoop) {
    super({ loop });
    this.label = label;
  }
}

class Recording extends EventLoop {
  readonly reports: string[] = [];
  override callExceptionHandler(context: { message: string }): void {
    this.reports.push(context.message);
  }
}

class Watched extends VirtualHost implements Host {
  rests = 0;
  override rest(when: number | null): boolean {
    this.rests++;
    return super.rest(when);
  }
}

function* subclasses(loop: Recording): Coroutine<void> {
  const queue = new Newest<number>();
  yield* queue.put(1);
  yield* queue.put(2);
  equal(yield* queue.get(), 2, "Queue subclass");

  loop.setTaskFactory((owner, coro, options) => new Counted(coro, { ...options, loop: owner }));
  const task = loop.createTask(sleep(10));
  equal((task as Counted<unknown>).label, "counted", "field of a Task subclass");
  yield* sleep(0);
  task.cancel();
  const [outcome] = yield* gather([task], { returnExceptions: true });
  equal(outcome instanceof CancelledError, true, "a cancelled task");
  equal(Counted.cancels, 1, "cancel() of a Task subclass");
  loop.setTaskFactory(null);

  const future = new Named<string>("own", loop);
  loop.callLater(1, () => future.setResult(future.label));
  equal(yield* future, "own", "Future subclass");

  loop.callSoon(() => {
    throw new Error("for the handler");
  });
  yield* sleep(0);
  equal(loop.reports.length, 1, "callExceptionHandler of an EventLoop subclass");
}

const letters = asyncGenerator(function* () {
  yield* sleep(0);
  yield "a";
});

function* program(): Coroutine<number> {
  const found: number[] = [];
  yield* asyncWith(new TaskGroup(), function* (group) {
    group.createTask(
      (function* () {
        found.push(yield* sleep(0.001, 1));
      })(),
    );
  });
  try {
    yield* asyncWith(timeout(0.001), function* () {
      yield* sleep(60);
    });
  } catch (error) {
    if (error instanceof TimeoutError) found.push(2);
  }
  found.push(yield* createTask(sleep(0, 3)));
  return found.reduce((sum, n) => sum + n, 0);
}

const host = new Watched();
const loop = new Recording({ host });
await loop.runUntilComplete(subclasses(loop));
loop.close();
equal(host.rests > 0, true, "Host subclass");
equal(await run(program()), 6, "a program in real time");
equal(await sleep(0.001, 1), 1, "await of a coroutine in native code");
equal(await new Queue().join(), undefined, "await of a method's coroutine");
equal((await toArray(letters())).join(), "a", "await of a function's coroutine");
console.log("contract: passed");
