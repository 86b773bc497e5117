/** The engine over BullMQ: it queues, locks, retries and recovers. */

import { QueueEvents } from "bullmq";
import type { Engine, SubmitterListener, WorkerLinkOptions, WorkerListener } from "../engine/engine.ts";
import { BullSubmitter } from "./bullSubmitter.ts";
import { BullWorker } from "./bullWorker.ts";
import type { BullConnection, Store } from "./store.ts";
import { untilItWorks } from "./temporary.ts";

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

/** Reads events until it is closed. BullMQ's own reading ends for good where a connection cannot be made. */
export function eventsOf(name: string, { connection, backend }: BullConnection): QueueEvents {
  const events = new QueueEvents(name, { connection, autorun: false }, backend);
  const goesOn = (): boolean => events.closing === undefined;
  untilItWorks(() => events.run(), goesOn).catch((error) => {
    if (goesOn()) events.emit("error", error);
  });
  return events;
}

export function later(seconds: number, fn: () => void): () => void {
  // Node's timers take no more.
  const timer = setTimeout(fn, Math.min(seconds * 1000, 0x7fffffff));
  return () => clearTimeout(timer);
}

/** Seconds. A server that is gone answers no farewell. */
const FAREWELL = 10;

export function withinReason(ended: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    const stop = later(FAREWELL, () => resolve(undefined));
    void ended.then(stop, stop).then(resolve);
  });
}
