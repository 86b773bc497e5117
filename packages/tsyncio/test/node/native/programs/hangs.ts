"use tsyncio";
/**
 * Programs in native syntax that hang in the ways that people know. Run with the name of one; the line at fault ends in
 * a comment with that name.
 */

import {
  Condition,
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

async function transfer(from: Lock, to: Lock): Promise<void> {
  using _from = await from.acquire();
  await sleep(0.01);
  using _to = await to.acquire(); // AT FAULT: lockOrder
}

const programs: Record<string, () => Promise<unknown>> = {
  async lockOrder() {
    const [a, b] = [new Lock(), new Lock()];
    await gather(transfer(a, b), transfer(b, a));
  },

  async emptyQueue() {
    const queue = new Queue<number>();
    async function consumer() {
      await queue.get(); // AT FAULT: emptyQueue
    }
    await createTask(consumer());
  },

  async lostWakeUp() {
    const condition = new Condition();
    async function notifies() {
      await using _ = condition;
      condition.notifyAll();
    }
    await createTask(notifies());
    await condition.acquire();
    await condition.wait(); // AT FAULT: lostWakeUp
  },

  async insideLock() {
    const [lock, answers] = [new Lock(), new Queue<string>()];
    async function asks() {
      using _ = await lock.acquire();
      await answers.get(); // AT FAULT: insideLock
    }
    async function others() {
      await sleep(0.01);
      using _ = await lock.acquire();
      await answers.put("an answer");
    }
    await gather(others(), asks(), others());
  },

  async blockedLoop() {
    async function parse() {
      await sleep(0.01);
      for (let i = 0; ; i = (i + 1) % 1000) Math.sqrt(i); // AT FAULT: blockedLoop
    }
    await gather(parse(), sleep(10));
  },

  async forgottenTaskDone() {
    const queue = new Queue<number>();
    async function worker() {
      for (;;) await queue.get(); // AT FAULT: forgottenTaskDone
    }
    createTask(worker());
    await queue.put(1);
    await queue.join();
  },

  async exhaustedPermits() {
    const connections = new Semaphore(2);
    async function query() {
      await connections.acquire();
      await sleep(0.01);
      await connections.acquire(); // AT FAULT: exhaustedPermits
    }
    await using group = new TaskGroup();
    for (let i = 0; i < 2; i++) group.createTask(query());
  },

  async insidePermit() {
    const [permits, jobs] = [new Semaphore(1), new Queue<number>()];
    async function consumer() {
      for (;;) {
        using _ = await permits.acquire();
        await jobs.get();
        jobs.taskDone();
      }
    }
    using _ = await permits.acquire();
    createTask(consumer());
    await jobs.put(1);
    await jobs.join(); // AT FAULT: insidePermit
  },

  async pool() {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    await gather(...[1, 2, 3].map(() => getRunningLoop().runInExecutor(pool, spin)));
  },

  async shutdown() {
    async function serve(reader: StreamReader, _writer: StreamWriter): Promise<void> {
      await reader.readline(); // AT FAULT: shutdown
    }
    const server = await startServer(serve, "127.0.0.1", 0);
    const [, port] = server.sockets[0]?.getsockname() ?? [];
    await openConnection("127.0.0.1", port);
    while (!String(server).includes("clients=1")) await sleep(0.001);
    server.close();
    await server.waitClosed();
  },

  async promise() {
    async function asks() {
      await fromPromise(new Promise(() => {})); // AT FAULT: promise
    }
    createTask(asks());
    await sleep(1000);
  },
};

if (isMain(import.meta)) {
  setInterval(() => {}, 1e9); // a program with something open, which hangs instead of ending with a DeadlockError
  console.log("begins");
  await run((programs[process.argv[2] as string] as () => Promise<unknown>)());
}
