/** tsyncio by its public names. `call` and `deep` use `coroutine`; tsyncio-plain.ts has them without it. */
import {
  asyncGenerator,
  type Coroutine,
  coroutine,
  createTask,
  cursor,
  Event,
  fromPromise,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  sleep,
  type Task,
  wait,
} from "tsyncio";
import { measure } from "../measure.ts";
import { copies, delays } from "../workloads.ts";

const TASKS = 1_000;

function* yields(times: number): Coroutine<number> {
  for (let i = 0; i < times; i += 1) yield* sleep(0);
  return times;
}

const beneath: (frames: number, times: number) => Coroutine<number> = coroutine(function* (frames, times) {
  if (frames === 0) {
    for (let i = 0; i < times; i += 1) yield* sleep(0);
    return times;
  }
  return yield* beneath(frames - 1, times);
});

const trivial = coroutine(function* () {
  return 1;
});

function* join(): Coroutine<number> {
  return 1;
}

function* once(): Coroutine<number> {
  yield* sleep(0);
  return 1;
}

const items = asyncGenerator(function* (count: number) {
  for (let i = 0; i < count; i += 1) yield 1;
});

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

await measure({
  switch: (count) =>
    run(
      (function* () {
        return sum(yield* gather(...copies(TASKS, () => yields(count / TASKS))));
      })(),
    ),

  spawn_join: (count) =>
    run(
      (function* () {
        let done = 0;
        for (let i = 0; i < count; i += 1) done += yield* createTask(join());
        return done;
      })(),
    ),

  fanout: (count) =>
    run(
      (function* () {
        return sum(yield* gather(...copies(count, once)));
      })(),
    ),

  call: (count) =>
    run(
      (function* () {
        let done = 0;
        for (let i = 0; i < count; i += 1) done += yield* trivial();
        return done;
      })(),
    ),

  closure: (count) =>
    run(
      (function* () {
        let done = 0;
        for (let i = 0; i < count; i += 1) {
          const one = coroutine(function* () {
            return i - i + 1;
          });
          done += yield* one();
        }
        return done;
      })(),
    ),

  deep: (count) =>
    run(
      (function* () {
        return sum(yield* gather(...copies(100, () => beneath(10, count / 100))));
      })(),
    ),

  queue: (count) =>
    run(
      (function* () {
        const queue = new Queue<number>(100);
        function* produce(): Coroutine<void> {
          for (let i = 0; i < count; i += 1) yield* queue.put(1);
        }
        function* consume(): Coroutine<number> {
          let taken = 0;
          for (let i = 0; i < count; i += 1) taken += yield* queue.get();
          return taken;
        }
        const [, taken] = yield* gather(produce(), consume());
        return taken;
      })(),
    ),

  // What `for await` is by hand: it closes what it leaves early.
  for_await: (count) =>
    run(
      (function* () {
        let done = 0;
        const source = items(count);
        const all = cursor(source);
        try {
          while (yield* all.next()) done += all.value;
        } finally {
          if (done !== count) yield* all.aclose();
        }
        return done;
      })(),
    ),

  promise: (count) =>
    run(
      (function* () {
        const settled = Promise.resolve(1);
        let done = 0;
        for (let i = 0; i < count; i += 1) done += yield* fromPromise(settled);
        return done;
      })(),
    ),

  // More than a call's arguments can hold: `wait` takes a list where `gather` takes arguments.
  timers: (count) =>
    run(
      (function* () {
        const [slept] = yield* wait(delays(count).map((ms) => createTask(sleep(ms / 1000))));
        return slept.size;
      })(),
    ),

  cancel: (count) =>
    run(
      (function* () {
        let ended = 0;
        const loop = getRunningLoop();
        function* block(): Coroutine<void> {
          try {
            yield* loop.createFuture<void>();
          } finally {
            ended += 1;
          }
        }
        const tasks: Task<void>[] = [];
        for (let i = 0; i < count; i += 1) tasks.push(createTask(block()));
        yield* sleep(0);
        for (const task of tasks) task.cancel();
        yield* wait(tasks);
        return ended;
      })(),
    ),

  lock: (count) =>
    run(
      (function* () {
        const lock = new Lock();
        function* hold(times: number): Coroutine<number> {
          for (let i = 0; i < times; i += 1) {
            // `using` reads better; but V8 runs it in C++, which takes longer than the acquisition itself.
            yield* lock.acquire();
            try {
              yield* sleep(0);
            } finally {
              lock.release();
            }
          }
          return times;
        }
        return sum(yield* gather(...copies(100, () => hold(count / 100))));
      })(),
    ),

  memory: (count, probe) =>
    run(
      (function* () {
        probe();
        const gate = new Event();
        function* block(): Coroutine<number> {
          yield* gate.wait();
          return 1;
        }
        const tasks: Task<number>[] = [];
        for (let i = 0; i < count; i += 1) tasks.push(createTask(block()));
        yield* sleep(0);
        probe();
        gate.set();
        const [ended] = yield* wait(tasks);
        return ended.size;
      })(),
    ),
});
