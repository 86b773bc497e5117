/** Programs that wait for what cannot come. Run with the name of one. */

import {
  asyncWith,
  coroutine,
  createTask,
  Event,
  fromPromise,
  gather,
  Lock,
  Queue,
  run,
  sleep,
  type Task,
  TaskGroup,
} from "tsyncio";

function* transfer(from: Lock, to: Lock) {
  using _from = yield* from.acquire();
  yield* sleep(0.01);
  try {
    using _to = yield* to.acquire();
  } finally {
    yield* sleep(0.01);
    console.log("cleaned up");
  }
}

const programs: Record<string, () => Generator<never, unknown, unknown> | unknown> = {
  *locks() {
    const [a, b] = [new Lock(), new Lock()];
    yield* gather(transfer(a, b), transfer(b, a));
  },
  *tasks() {
    const tasks: Task<void>[] = [];
    const awaits = coroutine(function* awaits(i: number) {
      yield* sleep(0);
      yield* tasks[i] as Task<void>;
    });
    tasks.push(createTask(awaits(1), { name: "a" }), createTask(awaits(0), { name: "b" }));
    yield* tasks[0] as Task<void>;
  },
  *queue() {
    const queue = new Queue<number>();
    yield* asyncWith(new TaskGroup(), function* (group) {
      group.createTask(queue.get(), { name: "consumer" });
    });
  },
  *event() {
    yield* sleep(0.01);
    yield* new Event().wait();
  },
  *promise() {
    yield* fromPromise(new Promise(() => {}));
  },
};

const main = programs[process.argv[2] as string] as () => Generator<never, unknown, unknown>;
await run(main());
console.log("not reached");
