/** Ends by itself, although a pool with idle workers is never shut down. */
import { ProcessPoolExecutor, ThreadPoolExecutor } from "tsyncio/executors";
import { add } from "../jobs.ts";

const Pool = process.argv[2] === "threads" ? ThreadPoolExecutor : ProcessPoolExecutor;
console.log(await new Pool(2).submit(add, 1, 2));
