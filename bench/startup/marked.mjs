"use tsyncio";
// The same in native syntax.
import { run, sleep } from "tsyncio";

async function main() {
  await sleep(0);
}

await run(main());
const { user, system } = process.cpuUsage();
console.log(user + system);
