"use tsyncio";
// 두 요청을 동시에: 4초가 아니라 2초. 결과는 인수의 순서대로 온다.
import { gather, getRunningLoop, run, sleep } from "tsyncio";

async function fetchData(url: string) {
  console.log(`Fetching data from ${url}`);
  await sleep(2); // 비동기 대기 (네트워크 요청 시뮬레이션)
  console.log(`Data fetched from ${url}`);
  return `Data from ${url}`;
}

async function main() {
  const loop = getRunningLoop();
  const start = loop.time();
  const results = await gather(fetchData("site1.com"), fetchData("site2.com"));
  console.log(results);
  console.log(`Total time: ${(loop.time() - start).toFixed(2)} seconds`);
}

await run(main());
