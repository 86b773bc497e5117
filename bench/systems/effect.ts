/** Effect 4 with its default scheduler: `fnUntraced`, its advice for hot paths, and unbounded `forEach`. */
import { Effect, Fiber, Latch, Queue, Semaphore } from "effect";
import { measure } from "../measure.ts";
import { copies, delays } from "../workloads.ts";

const TASKS = 1_000;
const together = { concurrency: "unbounded" } as const;

const yields = Effect.fnUntraced(function* (times: number) {
  for (let i = 0; i < times; i += 1) yield* Effect.yieldNow;
  return times;
});

const beneath: (frames: number, times: number) => Effect.Effect<number> = Effect.fnUntraced(function* (
  frames: number,
  times: number,
) {
  if (frames === 0) {
    for (let i = 0; i < times; i += 1) yield* Effect.yieldNow;
    return times;
  }
  return yield* beneath(frames - 1, times);
});

const trivial = Effect.fnUntraced(function* () {
  return 1;
});

const once = Effect.fnUntraced(function* () {
  yield* Effect.yieldNow;
  return 1;
});

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
const all = <A>(count: number, task: () => Effect.Effect<A>): Effect.Effect<A[]> =>
  Effect.forEach(copies(count, Number), task, together);

await measure({
  switch: async (count) => sum(await Effect.runPromise(all(TASKS, () => yields(count / TASKS)))),

  spawn_join: (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let done = 0;
        for (let i = 0; i < count; i += 1) {
          const fiber = yield* Effect.forkChild(trivial());
          done += yield* Fiber.join(fiber);
        }
        return done;
      }),
    ),

  fanout: async (count) => sum(await Effect.runPromise(all(count, once))),

  closure: (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let done = 0;
        for (let i = 0; i < count; i += 1) {
          const one = () => Effect.sync(() => i - i + 1);
          done += yield* one();
        }
        return done;
      }),
    ),

  call: (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let done = 0;
        for (let i = 0; i < count; i += 1) done += yield* trivial();
        return done;
      }),
    ),

  deep: async (count) => sum(await Effect.runPromise(all(100, () => beneath(10, count / 100)))),

  queue: (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const queue = yield* Queue.bounded<number>(100);
        const produce = Effect.fnUntraced(function* () {
          for (let i = 0; i < count; i += 1) yield* Queue.offer(queue, 1);
        });
        const consume = Effect.fnUntraced(function* () {
          let taken = 0;
          for (let i = 0; i < count; i += 1) taken += yield* Queue.take(queue);
          return taken;
        });
        const [, taken] = yield* Effect.all([produce(), consume()], together);
        return taken;
      }),
    ),

  timers: async (count) => (await Effect.runPromise(Effect.forEach(delays(count), Effect.sleep, together))).length,

  cancel: (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let ended = 0;
        const block = Effect.never.pipe(
          Effect.ensuring(
            Effect.sync(() => {
              ended += 1;
            }),
          ),
        );
        const fibers: Fiber.Fiber<never>[] = [];
        for (let i = 0; i < count; i += 1) fibers.push(yield* Effect.forkChild(block));
        yield* Effect.yieldNow;
        yield* Fiber.interruptAll(fibers);
        return ended;
      }),
    ),

  lock: (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const lock = yield* Semaphore.make(1);
        const hold = Effect.fnUntraced(function* (times: number) {
          for (let i = 0; i < times; i += 1) yield* lock.withPermit(Effect.yieldNow);
          return times;
        });
        return sum(yield* all(100, () => hold(count / 100)));
      }),
    ),

  memory: (count, probe) =>
    Effect.runPromise(
      Effect.gen(function* () {
        probe();
        const gate = yield* Latch.make();
        const block = Effect.fnUntraced(function* () {
          yield* gate.await;
          return 1;
        });
        const fibers: Fiber.Fiber<number>[] = [];
        for (let i = 0; i < count; i += 1) fibers.push(yield* Effect.forkChild(block()));
        yield* Effect.yieldNow;
        probe();
        yield* gate.open;
        return sum(yield* Fiber.joinAll(fibers));
      }),
    ),
});
