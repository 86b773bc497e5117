"use tsyncio";
// partial(): a function with arguments fixed, for loop methods that take a function.
// Python: python/partial.py. Generator form: generators/partial.ts.
// Note: asyncio (2023/03/05), run_in_executor에 키워드 인수를 사용하는 함수 넣기.
// Keyword arguments are an object.
import { type Future, getRunningLoop, partial, run } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

interface Options {
  retries: number;
  future: Future<string>;
}

function download(url: string, { retries, future }: Options) {
  console.log(`${url}: retries=${retries}`);
  future.setResult(url);
}

export async function main() {
  const loop = getRunningLoop();
  const future: Future<string> = loop.createFuture();
  loop.callLater(1, partial(download, "site1.com", { retries: 3, future }));
  console.log("done:", await future);
}

if (isMain(import.meta)) await run(main());
