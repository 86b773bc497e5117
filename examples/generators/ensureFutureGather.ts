// ensureFuture() makes tasks of coroutines, gather() collects their results.
// Python: ../python/ensureFutureGather.py. Native syntax: ../ensureFutureGather.ts.
// Note: asyncio (2023/03/05), 네이티브 코루틴 동시에 실행.
import { ensureFuture, gather, getRunningLoop, run, sleep } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* fetch(url: string, seconds: number) {
  yield* sleep(seconds);
  return url.length;
}

export function* main() {
  const loop = getRunningLoop();
  const begin = loop.time();
  const urls = [
    ["https://www.google.co.kr/search?q=a", 3],
    ["https://www.google.co.kr/search?q=bb", 1],
  ] as const;

  // makes a list of tasks, which are futures
  const futures = urls.map(([url, seconds]) => ensureFuture(fetch(url, seconds)));
  // gets all results at once
  const result = yield* gather(...futures);
  console.log(result);
  console.log(`time: ${(loop.time() - begin).toFixed(1)} s`);
}

if (isMain(import.meta)) await run(main());
