/** Which run of a job this is, for its function. */

import { ContextVar } from "tsyncio";

/** In a thread or a process of a pool, which does one job at a time. */
let ofThisWorker: number | null = null;

/** Where several jobs run on one loop. */
const ofThisTask = new ContextVar<number>("attempt", { default: 1 });

/**
 * In a job: 1 the first time it runs, 2 when it runs again after a failure or after its worker has ended. What such a
 * job does outside of itself may have been done before. 1 in a function that is called directly.
 */
export function attempt(): number {
  return ofThisWorker ?? ofThisTask.get();
}

export function setAttemptOfWorker(attempt: number | null): void {
  ofThisWorker = attempt;
}

export function setAttemptOfTask(attempt: number): void {
  ofThisTask.set(attempt);
}
