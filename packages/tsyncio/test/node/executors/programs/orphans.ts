/**
 * Two processes of a pool: one computes forever, one waits and ignores what it can. Prints their numbers when both do.
 */
import { run, sleep } from "tsyncio";
import { blocking, isMain, mainLoop, ProcessPoolExecutor } from "tsyncio/executors";

const show = blocking(import.meta, function show(pid: number): void {
  console.log(pid);
});
const compute = blocking(import.meta, async function compute(): Promise<void> {
  mainLoop().callSoonThreadsafe(show, process.pid);
  await new Promise((resolve) => setTimeout(resolve, 10)); // until that is sent
  for (;;);
});
const wait = blocking(import.meta, async function wait(): Promise<void> {
  for (const event of ["disconnect", "SIGTERM", "SIGHUP", "SIGINT"]) process.on(event, () => {});
  mainLoop().callSoonThreadsafe(show, process.pid);
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});

function* main() {
  const pool = new ProcessPoolExecutor(2);
  pool.submit(compute);
  pool.submit(wait);
  yield* sleep(600);
}

if (isMain(import.meta)) await run(main());
