/** A program in the middle of one step, until there is the file argv[2]. */

import { existsSync } from "node:fs";
import { run, sleep } from "tsyncio";

await run(
  (function* () {
    console.log("runs");
    while (!existsSync(process.argv[2] as string));
    yield* sleep(0.1);
    console.log("goes on");
    yield* sleep(1000);
  })(),
);
