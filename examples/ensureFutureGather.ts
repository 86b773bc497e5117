"use tsyncio";
// ensureFuture() makes tasks of coroutines, gather() collects their results.
// Python: python/ensureFutureGather.py. Generator form: generators/ensureFutureGather.ts.
// Note: asyncio (2023/03/05), 네이티브 코루틴 동시에 실행.
import { ensureFuture, gather, getRunningLoop, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function fetch(url: string, seconds: number) {
  await sleep(seconds);
  return url.length;
}

export async function main() {
  const loop = getRunningLoop();
  const begin = loop.time();
  const urls = [
    ["https://www.google.co.kr/search?q=a", 3],
    ["https://www.google.co.kr/search?q=bb", 1],
  ] as const;

  // 태스크(퓨처) 객체를 리스트로 만듦
  const futures = urls.map(([url, seconds]) => ensureFuture(fetch(url, seconds)));
  // 결과를 한꺼번에 가져옴
  const result = await gather(...futures);
  console.log(result);
  console.log(`실행 시간: ${(loop.time() - begin).toFixed(1)}초`);
}

if (isMain(import.meta)) await run(main());
