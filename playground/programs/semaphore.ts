"use tsyncio";
// Five requests, at most two at a time.
import { gather, getRunningLoop, run, Semaphore, sleep } from "tsyncio";

async function request(permits: Semaphore, url: string) {
  await using _permit = permits;
  console.log(`start ${url}`);
  await sleep(1);
  console.log(`end ${url}`);
}

async function main() {
  const permits = new Semaphore(2);
  const loop = getRunningLoop();
  const start = loop.time();
  await gather(...[0, 1, 2, 3, 4].map((i) => request(permits, `site${i}.com`)));
  console.log(`${(loop.time() - start).toFixed(2)} seconds`);
}

await run(main());
