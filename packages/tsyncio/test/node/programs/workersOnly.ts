/**
 * Only its workers run tsyncio. Lines on the standard input: `start` starts another one, `end` ends the first, `block`
 * has the main thread come to nothing else. With an argument the main thread runs tsyncio too.
 */

import { isMainThread, threadId, Worker } from "node:worker_threads";

async function inWorker(): Promise<void> {
  const { createTask, Event, run, sleep } = await import("tsyncio");
  await run(
    (function* () {
      createTask(
        (function* ticks() {
          for (;;) yield* sleep(0.02);
        })(),
        { name: `ticks in ${threadId}` },
      );
      console.log(`runs in ${threadId}`);
      yield* new Event().wait();
    })(),
  );
}

async function inMain(): Promise<void> {
  const workers: Worker[] = [];
  const commands: Record<string, () => void> = {
    start: () => void workers.push(new Worker(new URL(import.meta.url), { name: "shop" })),
    end: () => void workers.shift()?.terminate(),
    block: () => {
      for (;;);
    },
  };
  commands.start?.();
  process.stdin.on("data", (data) => commands[String(data).trim()]?.());
  if (process.argv[2] === undefined) return;
  const { Event, run } = await import("tsyncio");
  await run(new Event().wait());
}

await (isMainThread ? inMain() : inWorker());
