/**
 * Effection 4. It has no yield, no bounded queue and no lock: an action that resolves at once, a channel, and a queue
 * that holds one token stand for them.
 */
import {
  action,
  all,
  createChannel,
  createQueue,
  type Operation,
  run,
  sleep,
  spawn,
  suspend,
  withResolvers,
} from "effection";
import { measure } from "../measure.ts";
import { copies, delays } from "../workloads.ts";

const TASKS = 1_000;

const pause = (): Operation<void> =>
  action((resolve) => {
    resolve();
    return () => {};
  });

function* yields(times: number): Operation<number> {
  for (let i = 0; i < times; i += 1) yield* pause();
  return times;
}

function* beneath(frames: number, times: number): Operation<number> {
  if (frames === 0) {
    for (let i = 0; i < times; i += 1) yield* pause();
    return times;
  }
  return yield* beneath(frames - 1, times);
}

function* trivial(): Operation<number> {
  return 1;
}

function* once(): Operation<number> {
  yield* pause();
  return 1;
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

await measure({
  switch: (count) =>
    run(function* () {
      return sum(yield* all(copies(TASKS, () => yields(count / TASKS))));
    }),

  spawn_join: (count) =>
    run(function* () {
      let done = 0;
      for (let i = 0; i < count; i += 1) {
        const task = yield* spawn(trivial);
        done += yield* task;
      }
      return done;
    }),

  fanout: (count) =>
    run(function* () {
      return sum(yield* all(copies(count, once)));
    }),

  closure: (count) =>
    run(function* () {
      let done = 0;
      for (let i = 0; i < count; i += 1) {
        const one = function* () {
          return i - i + 1;
        };
        done += yield* one();
      }
      return done;
    }),

  call: (count) =>
    run(function* () {
      let done = 0;
      for (let i = 0; i < count; i += 1) done += yield* trivial();
      return done;
    }),

  deep: (count) =>
    run(function* () {
      return sum(yield* all(copies(100, () => beneath(10, count / 100))));
    }),

  queue: (count) =>
    run(function* () {
      const channel = createChannel<number, void>();
      const items = yield* channel;
      function* produce(): Operation<number> {
        for (let i = 0; i < count; i += 1) yield* channel.send(1);
        return 0;
      }
      function* consume(): Operation<number> {
        let taken = 0;
        for (let i = 0; i < count; i += 1) {
          const item = yield* items.next();
          if (!item.done) taken += item.value;
        }
        return taken;
      }
      return sum(yield* all([produce(), consume()]));
    }),

  timers: (count) =>
    run(function* () {
      return (yield* all(delays(count).map((ms) => sleep(ms)))).length;
    }),

  cancel: (count) =>
    run(function* () {
      let ended = 0;
      function* block(): Operation<void> {
        try {
          yield* suspend();
        } finally {
          ended += 1;
        }
      }
      const tasks = [];
      for (let i = 0; i < count; i += 1) tasks.push(yield* spawn(block));
      yield* sleep(0);
      for (const task of tasks) yield* task.halt();
      return ended;
    }),

  lock: (count) =>
    run(function* () {
      const token = createQueue<void, never>();
      token.add();
      function* hold(times: number): Operation<number> {
        for (let i = 0; i < times; i += 1) {
          yield* token.next();
          try {
            yield* pause();
          } finally {
            token.add();
          }
        }
        return times;
      }
      return sum(yield* all(copies(100, () => hold(count / 100))));
    }),

  memory: (count, probe) =>
    run(function* () {
      probe();
      const gate = withResolvers<void>();
      function* block(): Operation<number> {
        yield* gate.operation;
        return 1;
      }
      const tasks = [];
      for (let i = 0; i < count; i += 1) tasks.push(yield* spawn(block));
      yield* sleep(0);
      probe();
      gate.resolve();
      let done = 0;
      for (const task of tasks) done += yield* task;
      return done;
    }),
});
