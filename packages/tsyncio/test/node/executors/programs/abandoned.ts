/** The program ends while a process of its pool is in a job that takes a minute. */
import { run, sleep } from "tsyncio";
import { isMain, ProcessPoolExecutor } from "tsyncio/executors";
import { spin, where } from "../jobs.ts";

function* main() {
  const pool = new ProcessPoolExecutor(1);
  console.log((yield* pool.submit(where)).pid);
  pool.submit(spin, "/dev/null", 60_000);
  yield* sleep(0.2);
  process.exit(0);
}

if (isMain(import.meta)) await run(main());
