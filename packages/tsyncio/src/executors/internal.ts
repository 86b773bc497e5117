/** What tsyncio-cluster uses of the executors. No public API: both packages have the same version. */

export type { OptionNames } from "../base/checks.ts";
export { describe } from "../base/describe.ts";
export type { Reference } from "../base/reference.ts";
export { callersLoop } from "../host/loops.ts";
export type { EventLoop } from "../kernel/loop.ts";
export type { ContextMethod, JobResult } from "../kernel/protocol.ts";
export { kernel } from "../kernel/state.ts";
export { referenceOf } from "./blocking.ts";
export { isMain } from "./isMain.ts";
export { Job, type JobOwner, type ReportReader } from "./job.ts";
export { allArguments, JobExecutor, loopOfCaller, takeShutdownOptions } from "./jobExecutor.ts";
export { checkCount, checkTimeout, ownOptions } from "./options.ts";
export { decodeError, type EncodedError, encodeError, textOf } from "./remoteError.ts";
export { reportTo } from "./reports.ts";
export { type AnyFunction, keyOf, shared } from "./shared.ts";
export { isThenable } from "./workerSide.ts";
