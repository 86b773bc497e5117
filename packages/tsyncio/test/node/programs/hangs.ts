/**
 * Programs that hang in the ways that people know. Run with the name of one; the line at fault ends in a comment with
 * that name.
 */

import {
  asyncWith,
  Condition,
  type Coroutine,
  createTask,
  fromPromise,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  Semaphore,
  sleep,
  TaskGroup,
} from "tsyncio";
import { blocking, isMain, ThreadPoolExecutor } from "tsyncio/executors";
import { openConnection, type StreamReader, type StreamWriter, startServer } from "tsyncio/net";

export const spin = blocking(import.meta, function spin() {
  for (let i = 0; ; i = (i + 1) % 1000) Math.sqrt(i); // AT FAULT: pool
});

function* transfer(from: Lock, to: Lock): Coroutine<void> {
  using _from = yield* from.acquire();
  yield* sleep(0.01);
  using _to = yield* to.acquire(); // AT FAULT: lockOrder
}

const programs: Record<string, () => Coroutine<unknown>> = {
  *lockOrder() {
    const [a, b] = [new Lock(), new Lock()];
    yield* gather(transfer(a, b), transfer(b, a));
  },

  *emptyQueue() {
    const queue = new Queue<number>();
    function* consumer() {
      yield* queue.get(); // AT FAULT: emptyQueue
    }
    yield* createTask(consumer());
  },

  *lostWakeUp() {
    const condition = new Condition();
    function* notifies() {
      yield* asyncWith(condition, function* () {
        condition.notifyAll();
      });
    }
    yield* createTask(notifies());
    yield* condition.acquire();
    yield* condition.wait(); // AT FAULT: lostWakeUp
  },

  *insideLock() {
    const [lock, answers] = [new Lock(), new Queue<string>()];
    function* asks() {
      using _ = yield* lock.acquire();
      yield* answers.get(); // AT FAULT: insideLock
    }
    function* others() {
      yield* sleep(0.01);
      using _ = yield* lock.acquire();
      yield* answers.put("an answer");
    }
    yield* gather(others(), asks(), others());
  },

  *blockedLoop() {
    function* parse() {
      yield* sleep(0.01);
      for (let i = 0; ; i = (i + 1) % 1000) Math.sqrt(i); // AT FAULT: blockedLoop
    }
    yield* gather(parse(), sleep(10));
  },

  *forgottenTaskDone() {
    const queue = new Queue<number>();
    function* worker() {
      for (;;) yield* queue.get(); // AT FAULT: forgottenTaskDone
    }
    createTask(worker());
    yield* queue.put(1);
    yield* queue.join();
  },

  *exhaustedPermits() {
    const connections = new Semaphore(2);
    function* query() {
      yield* connections.acquire();
      yield* sleep(0.01);
      yield* connections.acquire(); // AT FAULT: exhaustedPermits
    }
    yield* asyncWith(new TaskGroup(), function* (group) {
      for (let i = 0; i < 2; i++) group.createTask(query());
    });
  },

  *insidePermit() {
    const [permits, jobs] = [new Semaphore(1), new Queue<number>()];
    function* consumer() {
      for (;;) {
        using _ = yield* permits.acquire();
        yield* jobs.get();
        jobs.taskDone();
      }
    }
    using _ = yield* permits.acquire();
    createTask(consumer());
    yield* jobs.put(1);
    yield* jobs.join(); // AT FAULT: insidePermit
  },

  *pool() {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    yield* gather(...[1, 2, 3].map(() => getRunningLoop().runInExecutor(pool, spin)));
  },

  *shutdown() {
    function* serve(reader: StreamReader, _writer: StreamWriter): Coroutine<void> {
      yield* reader.readline(); // AT FAULT: shutdown
    }
    const server = yield* startServer(serve, "127.0.0.1", 0);
    const [, port] = server.sockets[0]?.getsockname() ?? [];
    yield* openConnection("127.0.0.1", port);
    while (!String(server).includes("clients=1")) yield* sleep(0.001);
    server.close();
    yield* server.waitClosed();
  },

  *promise() {
    function* asks(): Coroutine<void> {
      yield* fromPromise(new Promise(() => {})); // AT FAULT: promise
    }
    createTask(asks());
    yield* sleep(1000);
  },
};

if (isMain(import.meta)) {
  setInterval(() => {}, 1e9); // a program with something open, which hangs instead of ending with a DeadlockError
  console.log("begins");
  await run((programs[process.argv[2] as string] as () => Coroutine<unknown>)());
}
