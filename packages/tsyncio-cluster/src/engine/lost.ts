/** Of a job that no worker has any more, and that may not run again. */
export function lostText(fn: string): string {
  return `the worker that ran ${fn} has ended, or was not heard of in time, and the job has no retries left`;
}
