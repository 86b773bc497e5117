/** An executor's side of a queue of BullMQ. */

import type { EventEmitter } from "node:events";
import { Job, Queue, type QueueEvents, QueueEventsProducer, UnrecoverableError } from "bullmq";
import type { CancelRunning, NewJob, SubmitterLink, SubmitterListener } from "../engine/engine.ts";
import { lostText } from "../engine/lost.ts";
import { type Closable, closeAll, eventsOf, later, openSurely } from "./links.ts";
import { controlOf } from "./names.ts";
import { outcomeOfFailure, outcomeOfValue } from "./outcomes.ts";
import { Promised } from "./retention.ts";
import type { BullConnection, Store } from "./store.ts";
import { untilItWorks } from "./temporary.ts";

/** How many jobs go to the queue at once. */
const BATCH = 500;
/** How many it looks at side by side. */
const LOOKS = 20;

interface Open {
  readonly queue: Queue;
  readonly events: QueueEvents;
  readonly producer: QueueEventsProducer;
  readonly control: QueueEventsProducer;
  readonly promised: Promised;
  readonly bull: BullConnection;
}

/** Of no worker: BullMQ asks for no lock then. */
const NO_LOCK = "0";

export class BullSubmitter implements SubmitterLink {
  private readonly listener: SubmitterListener;
  private readonly open: Promise<Open>;
  private outbox: NewJob[] = [];
  private isSending = false;
  private closing = false;
  private readonly opened: Closable[] = [];

  private readonly store: Store;
  private lost: unknown = null;

  constructor(ready: Promise<BullConnection>, name: string, listener: SubmitterListener, store: Store) {
    this.listener = listener;
    this.store = store;
    this.open = openSurely(ready, this.opened, (bull) => this.connect(bull, name), this.goesOn);
    this.open.catch(() => {}); // each job is told
  }

  get trouble(): unknown {
    return this.lost ?? this.store.trouble;
  }

  /** What has failed may work later. */
  private readonly goesOn = (error: unknown): boolean => {
    this.lost = error;
    return !this.closing;
  };

  private async connect(bull: BullConnection, name: string): Promise<Open> {
    const { connection, backend } = bull;
    if (this.closing) throw new Error("it was closed");
    const options = { connection };
    const queue = new Queue(name, options, backend);
    const events = eventsOf(name, bull);
    const producer = new QueueEventsProducer(name, options, backend);
    const control = new QueueEventsProducer(controlOf(name), options, backend);
    for (const one of [queue, events, producer, control] as EventEmitter[]) {
      one.setMaxListeners(0);
      // Connections come back by themselves; a job that waits too long is told why.
      one.on("error", (error) => {
        this.lost = error;
      });
    }
    this.opened.push(events, queue, producer, control);
    this.listen(events);
    await Promise.all([queue, events, producer, control].map((one) => one.waitUntilReady()));
    await this.hear(events, producer);
    this.lost = null;
    return { queue, events, producer, control, promised: new Promised(queue), bull };
  }

  /** Events are read from now on: only when one of our own has come is that sure. */
  private async hear(events: QueueEvents, producer: QueueEventsProducer): Promise<void> {
    const token = crypto.randomUUID();
    await new Promise<void>((resolve, reject) => {
      let stop = (): void => {};
      const heard = ({ from }: { from?: string }): void => {
        if (from !== token) return;
        stop();
        events.off("tsyncio:hello" as never, heard as never);
        resolve();
      };
      events.on("tsyncio:hello" as never, heard as never);
      const say = (): void => {
        if (this.closing) return reject(new Error("it was closed"));
        producer.publishEvent({ eventName: "tsyncio:hello", from: token }).catch(() => {});
        stop = later(0.2, say);
      };
      say();
    });
  }

  private listen(events: QueueEvents): void {
    const { listener } = this;
    events.on("active", ({ jobId }) => listener.begun(jobId));
    events.on("waiting", ({ jobId, prev }) => {
      if (prev !== undefined) listener.waits(jobId);
    });
    events.on("delayed", ({ jobId }) => listener.waits(jobId));
    events.on("stalled", ({ jobId }) => listener.waits(jobId));
    events.on("progress", ({ jobId, data }) => {
      const { reports } = data as { reports?: unknown };
      if (Array.isArray(reports)) listener.reported(jobId, reports.map(String));
    });
    events.on("completed", ({ jobId, returnvalue }) => listener.ended(jobId, outcomeOfValue(returnvalue)));
    events.on("failed", ({ jobId, failedReason }) => listener.ended(jobId, outcomeOfFailure(failedReason)));
    events.on("removed", ({ jobId }) => listener.ended(jobId, ["removed", "it was taken out of the queue"]));
  }

  add(job: NewJob): void {
    this.outbox.push(job);
    if (this.isSending) return;
    this.isSending = true;
    // What is submitted in one go goes to the queue in one go.
    queueMicrotask(() => void this.send());
  }

  private async send(): Promise<void> {
    const open = await this.openFor(() => this.outbox.splice(0).map(({ id }) => id));
    const flights: Promise<void>[] = [];
    while (open !== null && this.outbox.length > 0) {
      flights.push(this.sendBatch(open, this.outbox.splice(0, BATCH)));
      // Two at a time: more would only wait in memory.
      if (flights.length >= 2) await flights.shift();
    }
    this.isSending = false;
  }

  /** Null if the queue cannot be opened: the jobs that wait for it are refused. */
  private async openFor(waiting: () => readonly string[]): Promise<Open | null> {
    try {
      return await this.open;
    } catch (error) {
      for (const id of waiting()) this.listener.refused(id, error);
      return null;
    }
  }

  private async sendBatch({ queue, promised }: Open, batch: readonly NewJob[]): Promise<void> {
    const jobs = batch.map(bullJob);
    const retention = Math.max(...batch.map(({ call }) => call.retention));
    const send = async (): Promise<readonly Job[]> => {
      await promised.atLeast(retention);
      const [first] = jobs;
      // On PostgreSQL the statement that adds many takes several times as long as that for one.
      if (jobs.length === 1 && first !== undefined) return [await queue.add(first.name, first.data, first.opts)];
      return await queue.addBulk(jobs);
    };
    try {
      // What was added and not answered is not added again: the ids are the same.
      const added = await untilItWorks(send, this.goesOn);
      this.lost = null;
      batch.forEach(({ id }, i) => {
        this.listener.added(id, added[i]?.id ?? id);
      });
    } catch (error) {
      for (const { id } of batch) this.listener.refused(id, error);
    }
  }

  cancel(id: string, running: CancelRunning | null): void {
    void this.takeOut(id, running).catch(() => {}); // it is asked again
  }

  private async takeOut(id: string, running: CancelRunning | null): Promise<void> {
    const { queue, producer, control, bull } = await this.open;
    const job = await Job.fromId(queue, id);
    if (job === undefined) return this.listener.ended(id, ["removed", "the queue does not have it"]);
    if (await this.tellOutcome(job)) return;
    // Not told here: one that has run in between has told its outcome before the event of its removal comes.
    if ((await queue.remove(id)) === 1) {
      if (!bull.tellsRemoved) await producer.publishEvent({ eventName: "removed", jobId: id });
    } else if (running !== null) await control.publishEvent({ eventName: "cancel", jobId: id, how: running });
  }

  look(ids: readonly string[]): void {
    void this.lookAt(ids).catch(() => {}); // it looks again later
  }

  private async lookAt(ids: readonly string[]): Promise<void> {
    const open = await this.openFor(() => ids);
    if (open === null) return;
    for (let at = 0; at < ids.length; at += LOOKS) {
      await Promise.all(ids.slice(at, at + LOOKS).map((id) => this.lookAtOne(open, id)));
    }
  }

  private async lookAtOne({ queue, bull }: Open, id: string): Promise<void> {
    const job = await Job.fromId(queue, id);
    if (job === undefined) return this.listener.ended(id, ["removed", "the queue does not have it"]);
    if ((await this.tellOutcome(job)) || !(await job.isActive())) return;
    if (await bull.isLocked(queue, id)) return this.listener.begun(id);
    // Other workers would have found it: there are none.
    if (job.attemptsStarted < (job.opts.attempts ?? 1)) return this.listener.waits(id);
    await job.moveToFailed(new UnrecoverableError(lostText(job.name)), NO_LOCK);
  }

  private async tellOutcome(job: Job): Promise<boolean> {
    const { finishedOn } = job;
    if (finishedOn === undefined || finishedOn === null) return false;
    const { failedReason, id } = job;
    const hasFailed = failedReason !== undefined && failedReason !== null && failedReason !== "";
    const failed = hasFailed && (await job.isFailed());
    this.listener.ended(String(id), failed ? outcomeOfFailure(failedReason) : outcomeOfValue(job.returnvalue));
    return true;
  }

  later(seconds: number, fn: () => void): () => void {
    return later(seconds, fn);
  }

  close(done: () => void): void {
    this.closing = true;
    void closeAll(this.opened).then(done);
  }
}

function bullJob({ id, call, options }: NewJob) {
  const { priority, delay, backoff, deduplicate } = options;
  return {
    name: call.fn,
    data: call,
    opts: {
      jobId: id,
      attempts: call.retries + 1,
      // BullMQ keeps the stack of its own error, which says nothing: the error is in the reason.
      stackTraceLimit: 0,
      ...(priority > 0 ? { priority } : {}),
      ...(delay > 0 ? { delay: delay * 1000 } : {}),
      ...(backoff.base > 0 ? { backoff: { type: backoff.type, delay: backoff.base * 1000 } } : {}),
      ...(deduplicate === null ? {} : { deduplication: { id: deduplicate } }),
    },
  };
}
