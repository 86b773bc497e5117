"use tsyncio";
// Blocking functions run in threads, and the event loop goes on meanwhile.
// Python: loop.run_in_executor(None, function, argument1, argument2, …); keyword arguments by functools.partial.
// Note: asyncio (2023/03/05), run_in_executor.
import { createTask, gather, getRunningLoop, partial, run, sleep, toThread } from "tsyncio";
import { blocking, isMain } from "tsyncio/executors";

/** Blocks its thread, as reading from a slow place does. A thread finds it by its module and its name. */
const download = blocking(import.meta, function download(url: string, { retries = 0 } = {}) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  return `${url} (retries: ${retries})`;
});

async function tick() {
  for (;;) {
    console.log("tick");
    await sleep(0.1);
  }
}

export async function main() {
  const loop = getRunningLoop();
  const ticking = createTask(tick());
  const pages = await gather(
    loop.runInExecutor(null, download, "site1.com"),
    loop.runInExecutor(null, partial(download, "site2.com", { retries: 3 })),
    toThread(download, "site3.com"),
  );
  ticking.cancel();
  for (const page of pages) console.log("done:", page);
}

// A thread loads this module too, and must not begin the program again.
if (isMain(import.meta)) await run(main());
