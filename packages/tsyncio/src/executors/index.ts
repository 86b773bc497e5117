/**
 * tsyncio/executors: pools of threads and processes for code that would block the loop. With this module imported,
 * `loop.runInExecutor(null, …)` and `toThread` have a default executor.
 */

import { kernel } from "../kernel/state.ts";
import { installNativeCalls } from "../tasks/nativeCalls.ts";
import { ThreadPoolExecutor } from "./executors.ts";

kernel.makeExecutor = () => new ThreadPoolExecutor();
installNativeCalls();

export { type BlockingOptions, blocking } from "./blocking.ts";
export { BrokenExecutor, BrokenProcessPool, BrokenThreadPool } from "./errors.ts";
export {
  ProcessPoolExecutor,
  type ProcessPoolOptions,
  ThreadPoolExecutor,
  type ThreadPoolOptions,
} from "./executors.ts";
export { isMain } from "./isMain.ts";
export { Job } from "./job.ts";
export { JobExecutor, type ShutdownOptions } from "./jobExecutor.ts";
export { type MainLoop, mainLoop, RemoteFuture, report } from "./mainLoop.ts";
export { type MapOptions, MapResults } from "./map.ts";
export { PoolExecutor, type PoolOptions } from "./pool.ts";
export { Progress } from "./progress.ts";
export { transfer } from "./transfer.ts";
