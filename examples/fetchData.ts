"use tsyncio";
// Two requests at the same time take two seconds, not four.
// Python: python/fetchData.py. Generator form: generators/fetchData.ts.
// Note: "비동기식 프로그래밍", 파이썬 예시.
// The requests are simulated; `npm start` makes real ones.
import { gather, getEventLoop, run, sleep } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function fetchData(url: string) {
  console.log(`Fetching data from ${url}`);
  await sleep(2); // stands for a request
  console.log(`Data fetched from ${url}`);
  return `Data from ${url}`;
}

export async function main() {
  const loop = getEventLoop();
  const start = loop.time();
  const results = await gather(fetchData("site1.com"), fetchData("site2.com"));
  console.log(results);
  console.log(`Total time: ${(loop.time() - start).toFixed(2)} seconds`);
}

if (isMain(import.meta)) await run(main());
