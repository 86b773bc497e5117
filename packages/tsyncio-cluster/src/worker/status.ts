/** What a queue has and what runs, for people. */

import { Queue } from "bullmq";
import type { BullEngine } from "../engines/bull.ts";

export async function statusText(engine: BullEngine, name: string): Promise<string> {
  const { connection, backend } = await engine.ready;
  const queue = new Queue(name, { connection }, backend);
  queue.on("error", () => {}); // told by the promises
  try {
    const counts = await queue.getJobCounts("waiting", "prioritized", "delayed", "active", "completed", "failed");
    const workers = await queue.getWorkersCount();
    const active = await queue.getActive(0, 99);
    const states = Object.entries(counts).map(([state, n]) => `${n} ${state}`);
    const now = Date.now();
    return [
      `queue ${name} at ${engine.words}: ${workers} ${workers === 1 ? "worker" : "workers"}; ${states.join(", ")}`,
      ...active.map(({ id, name: fn, attemptsStarted, processedOn }) => {
        const age = processedOn === undefined ? "" : `, ${((now - processedOn) / 1000).toFixed(1)} s`;
        return `  ${id}  ${fn}  attempt ${attemptsStarted}${age}`;
      }),
    ].join("\n");
  } finally {
    await queue.close();
  }
}
