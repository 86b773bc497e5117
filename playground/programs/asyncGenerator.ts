"use tsyncio";
// `yield` hands a value to the loop, `await` waits.
// Leaving the loop early closes the generator.
import { run, sleep } from "tsyncio";

async function* counter(stop: number) {
  let n = 0;
  try {
    for (; n < stop; n++) {
      yield n;
      await sleep(0.5);
    }
  } finally {
    console.log(`counter closed at ${n}`);
  }
}

async function main() {
  for await (const n of counter(3)) console.log(n);
  for await (const n of counter(100)) {
    if (n === 2) break;
  }
}

await run(main());
