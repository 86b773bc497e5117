/** Everything that jobs print is there when the program ends. */
import { run } from "tsyncio";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "tsyncio/executors";
import { print } from "../jobs.ts";

function* main() {
  const Pool = process.argv[2] === "threads" ? ThreadPoolExecutor : ProcessPoolExecutor;
  const pool = new Pool(1);
  yield* pool.submit(print, 2000);
  yield* pool.aexit(null);
}

await run(main());
