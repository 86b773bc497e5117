/** A job of a ClusterExecutor. */

import { type EventLoop, Job, type JobOwner, type Reference } from "tsyncio/executors/internal";
import type { CancelRunning } from "./engine/engine.ts";

const NO_ARGUMENTS: readonly unknown[] = [];
let lastNumber = 0;

/** A job somewhere in a cluster: as other jobs, with an id that other programs can ask for. */
export class ClusterJob<T> extends Job<T> {
  /** What `ClusterExecutor.job` finds it by, as long as its outcome is kept. */
  readonly id: string;
  /** @internal Where it is: on its way to the queue, in it, or with a worker. */
  _place: "sent" | "queued" | "running" = "sent";
  /** @internal What is to be cancelled: null is nothing; "queue" takes it out of the queue only. */
  _cancelling: CancelRunning | "queue" | null = null;
  /** @internal The job in the queue: its own id, or that of the job which was there by the same key. */
  _queueId: string;
  /** @internal The frames of the code that submitted it. */
  _submitted = "";
  /** @internal True for a function whose run can be cancelled without ending its worker. */
  readonly _isCoroutine: boolean;

  /** @internal */
  constructor(
    owner: JobOwner,
    id: string,
    reference: Reference,
    loop: EventLoop | null,
    hard: boolean,
    isCoroutine: boolean,
  ) {
    super(owner, ++lastNumber, reference, NO_ARGUMENTS, false, loop, hard);
    this.id = id;
    this._queueId = id;
    this._isCoroutine = isCoroutine;
  }
}
