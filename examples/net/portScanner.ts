// Which ports of this machine's loopback are open? A bounded number of them is tried at a time.
// Python: asyncio.open_connection, Queue, TaskGroup, timeout.
// Usage: node --conditions=@tsyncio/source portScanner.ts [FIRST [LAST]]
import { asyncWith, type Coroutine, createTask, Queue, run, TaskGroup, TimeoutError, timeout } from "tsyncio";
import { OSError, openConnection } from "tsyncio/net";
import { isMain } from "../lib/isMain.ts";

/** True if something accepts connections there. */
function* isOpen(port: number): Coroutine<boolean> {
  try {
    const [, writer] = yield* asyncWith(timeout(1), () => openConnection("127.0.0.1", port));
    writer.transport.abort();
    return true;
  } catch (error) {
    if (error instanceof OSError || error instanceof TimeoutError) return false;
    throw error;
  }
}

export function* scan(first: number, last: number, atATime = 100): Coroutine<number[]> {
  const ports = new Queue<number>(atATime);
  const open: number[] = [];
  const worker = function* (): Coroutine<void> {
    for (;;) {
      const port = yield* ports.get();
      if (yield* isOpen(port)) open.push(port);
      ports.taskDone();
    }
  };
  yield* asyncWith(new TaskGroup(), function* (group) {
    const workers = Array.from({ length: atATime }, () => group.createTask(worker()));
    for (let port = first; port <= last; port++) yield* ports.put(port);
    yield* ports.join();
    for (const task of workers) task.cancel();
  });
  return open.sort((a, b) => a - b);
}

export function* main(first = 1, last = 65_535) {
  const task = createTask(scan(first, last));
  console.log(`open on the loopback, from ${first} to ${last}: ${(yield* task).join(" ") || "none"}`);
}

if (isMain(import.meta)) await run(main(...process.argv.slice(2).map(Number)));
