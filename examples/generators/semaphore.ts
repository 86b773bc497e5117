// Semaphore: five requests, at most two at a time.
// Python: ../python/semaphore.py. Native syntax: ../semaphore.ts.
// Not in the notes: what keeps a fetcher from asking a server everything at once.
// `async with session:` is `using`, which needs Node 24.
import { gather, getRunningLoop, run, Semaphore, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* fetch(session: Semaphore, url: string) {
  using _permit = yield* session.acquire();
  console.log(`start ${url}`);
  yield* sleep(1);
  console.log(`end ${url}`);
}

export function* main() {
  const session = new Semaphore(2);
  const loop = getRunningLoop();
  const start = loop.time();
  yield* gather(...[0, 1, 2, 3, 4].map((i) => fetch(session, `site${i}.com`)));
  console.log(`5 sites, 2 at a time: ${(loop.time() - start).toFixed(2)} seconds`);
}

if (isMain(import.meta)) await run(main());
