"use tsyncio";
// Semaphore: five requests, at most two at a time.
// Python: python/semaphore.py. Generator form: generators/semaphore.ts.
// Not in the notes: what keeps a fetcher from asking a server everything at once.
// `async with session:` is `await using`.
import { gather, getRunningLoop, run, Semaphore, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function fetch(session: Semaphore, url: string) {
  await using _permit = session;
  console.log(`start ${url}`);
  await sleep(1);
  console.log(`end ${url}`);
}

export async function main() {
  const session = new Semaphore(2);
  const loop = getRunningLoop();
  const start = loop.time();
  await gather(...[0, 1, 2, 3, 4].map((i) => fetch(session, `site${i}.com`)));
  console.log(`5 sites, 2 at a time: ${(loop.time() - start).toFixed(2)} seconds`);
}

if (isMain(import.meta)) await run(main());
