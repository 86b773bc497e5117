"use tsyncio";
// A deadline for a block. What waits inside is cancelled
// when it has passed, and cleans up.
import { run, sleep, TimeoutError, timeout } from "tsyncio";

async function download(seconds: number) {
  try {
    await sleep(seconds);
    console.log(`downloaded in ${seconds} s`);
  } finally {
    console.log("connection closed");
  }
}

async function main() {
  for (const seconds of [1, 3]) {
    try {
      await using _deadline = timeout(2);
      await download(seconds);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      console.log("this takes too long");
    }
  }
}

await run(main());
