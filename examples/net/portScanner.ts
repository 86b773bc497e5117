"use tsyncio";
// Which ports of this machine's loopback are open? A bounded number of them is tried at a time.
// Python: asyncio.open_connection, Queue, TaskGroup, timeout.
// Usage: npm start -- net/portScanner [FIRST [LAST]]
import { createTask, Queue, run, TaskGroup, TimeoutError, timeout } from "tsyncio";
import { OSError, openConnection } from "tsyncio/net";
import { isMain } from "../lib/isMain.ts";

/** True if something accepts connections there. */
async function isOpen(port: number): Promise<boolean> {
  try {
    await using _deadline = timeout(1);
    const [, writer] = await openConnection("127.0.0.1", port);
    writer.transport.abort();
    return true;
  } catch (error) {
    if (error instanceof OSError || error instanceof TimeoutError) return false;
    throw error;
  }
}

export async function scan(first: number, last: number, atATime = 100): Promise<number[]> {
  const ports = new Queue<number>(atATime);
  const open: number[] = [];
  const worker = async (): Promise<void> => {
    for (;;) {
      const port = await ports.get();
      if (await isOpen(port)) open.push(port);
      ports.taskDone();
    }
  };
  {
    await using group = new TaskGroup();
    const workers = Array.from({ length: atATime }, () => group.createTask(worker()));
    for (let port = first; port <= last; port++) await ports.put(port);
    await ports.join();
    for (const task of workers) task.cancel();
  }
  return open.sort((a, b) => a - b);
}

export async function main(first = 1, last = 65_535) {
  const task = createTask(scan(first, last));
  console.log(`open on the loopback, from ${first} to ${last}: ${(await task).join(" ") || "none"}`);
}

if (isMain(import.meta)) await run(main(...process.argv.slice(2).map(Number)));
