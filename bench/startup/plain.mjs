// What a program takes that does nothing, in its generator form.
import { run, sleep } from "tsyncio";

await run(
  (function* () {
    yield* sleep(0);
  })(),
);
const { user, system } = process.cpuUsage();
console.log(user + system);
