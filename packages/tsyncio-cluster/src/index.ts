/** tsyncio-cluster: an executor over many machines. */

export type { Connection } from "./engines/open.ts";
export { ClusterExecutor, type ClusterOptions } from "./executor.ts";
export { ClusterJob } from "./job.ts";
export type { JobOptions } from "./options.ts";
export { attempt } from "./worker/attempt.ts";
