/** The engine over BullMQ: it queues, locks, retries and recovers. */

import type { Engine, SubmitterListener, WorkerLinkOptions, WorkerListener } from "../engine/engine.ts";
import { BullSubmitter } from "./bullSubmitter.ts";
import { BullWorker } from "./bullWorker.ts";
import type { BullConnection, Store } from "./store.ts";

export class BullEngine implements Engine {
  readonly words: string;
  readonly isSimulated = false;
  private readonly store: Store;
  private readonly queue: string;
  /** What its links connect to. */
  readonly ready: Promise<BullConnection>;

  constructor(store: Store, queue: string) {
    this.words = store.words;
    this.store = store;
    this.queue = queue;
    this.ready = store.prepare();
    this.ready.catch(() => {}); // each link tells
  }

  submitter(listener: SubmitterListener): BullSubmitter {
    return new BullSubmitter(this.ready, this.queue, listener, this.store);
  }

  worker(listener: WorkerListener, options: WorkerLinkOptions): BullWorker {
    return new BullWorker(this.ready, this.queue, listener, options);
  }

  close(done: () => void): void {
    void this.store
      .close()
      .catch(() => {})
      .then(done);
  }
}
