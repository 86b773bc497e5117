/** A worker's side of a queue of BullMQ. */

import { type Job, Queue, UnrecoverableError, WaitingError, Worker } from "bullmq";
import type { Outcome, WorkerLink, WorkerLinkOptions, WorkerListener } from "../engine/engine.ts";
import { type Closable, closeAll, eventsOf, later, openSurely } from "./links.ts";
import { controlOf } from "./names.ts";
import { failedReason } from "./outcomes.ts";
import { Sweeper } from "./retention.ts";
import type { BullConnection } from "./store.ts";
import { untilItWorks } from "./temporary.ts";

/** How often a job may be lost is for its own retries to say. */
const ANY_TIMES = 1_000_000;

/** Milliseconds after which it asks again a server that was out of reach. */
const RECONNECT = 1000;

/** What delivers an outcome. BullMQ would take an error of the server for one of the job, and lose its result. */
const DELIVERIES = ["moveToCompleted", "moveToFailed", "moveToDelayed", "moveJobFromActiveToWait", "retryJob"] as const;

interface Run {
  readonly job: Job;
  readonly token: string;
  resolve(value: string): void;
  reject(error: Error): void;
  /** Reports that wait for those before them. */
  reports: string[];
  /** Settles when all reports are in the queue. */
  reporting: Promise<void> | null;
}

export class BullWorker implements WorkerLink {
  private readonly listener: WorkerListener;
  private readonly options: WorkerLinkOptions;
  private readonly open: Promise<Worker>;
  private sweeper: Sweeper | null = null;
  private readonly runs = new Map<string, Run>();
  private paused = false;
  private closing = false;
  private readonly opened: Closable[] = [];
  /** See `BullConnection`. */
  private sendTogether = (): void => {};

  constructor(ready: Promise<BullConnection>, name: string, listener: WorkerListener, options: WorkerLinkOptions) {
    this.listener = listener;
    this.options = options;
    this.open = openSurely(ready, this.opened, (bull) => this.connect(bull, name), this.goesOn);
    this.open.catch((error) => {
      if (!this.closing) options.onError(error);
    });
  }

  /** Settles when it takes jobs. */
  async ready(): Promise<void> {
    await this.open;
  }

  /** What has failed may work later. */
  private readonly goesOn = (error: unknown): boolean => {
    this.options.onError(error);
    return !this.closing;
  };

  private async connect(bull: BullConnection, name: string): Promise<Worker> {
    const { connection, backend, sendsTogether, trimEvents } = bull;
    if (this.closing) throw new Error("it was closed");
    const { slots, lock, rate, onError } = this.options;
    const control = eventsOf(controlOf(name), bull);
    control.on("error", () => {}); // the worker tells the same
    control.on(
      "cancel" as never,
      (({ jobId, how }: { jobId?: unknown; how?: unknown }) => {
        if (how === "cancel" || how === "terminate") this.listener.cancel(String(jobId), how);
      }) as never,
    );
    const queue = new Queue(name, { connection }, backend);
    queue.on("error", () => {});
    this.opened.push(control, queue);
    await control.waitUntilReady();
    const worker = new Worker(
      name,
      (job, token) => this.process(job, token ?? ""),
      {
        connection,
        concurrency: slots,
        lockDuration: lock * 1000,
        stalledInterval: (lock * 1000) / 2,
        maxStalledCount: ANY_TIMES,
        runRetryDelay: RECONNECT,
        ...(rate === null ? {} : { limiter: { max: rate.jobs, duration: rate.seconds * 1000 } }),
      },
      backend,
    );
    this.opened.unshift(worker);
    this.deliverSurely(worker);
    worker.setMaxListeners(0);
    worker.on("error", (error) => {
      // What a worker delivers whose lock has run out is refused: the other one that has the job now delivers it.
      if (!/lock/i.test(error.message)) onError(error);
    });
    worker.on(
      "lockRenewalFailed" as never,
      ((ids: readonly string[]) => {
        for (const [key, { job }] of [...this.runs]) if (ids.includes(String(job.id))) this.lose(key);
      }) as never,
    );
    await Promise.all([worker.waitUntilReady(), queue.waitUntilReady()]);
    this.sendTogether = await sendsTogether(worker);
    this.sweeper = new Sweeper(queue, trimEvents);
    if (this.paused) await worker.pause(true);
    return worker;
  }

  private deliverSurely(worker: Worker): void {
    const backend = worker.getBackend() as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    for (const name of DELIVERIES) {
      const deliver = backend[name]?.bind(backend);
      if (deliver === undefined) continue;
      const attempt = (args: unknown[]): Promise<unknown> => {
        this.sendTogether();
        return deliver(...args);
      };
      backend[name] = (...args) => untilItWorks(() => attempt(args), this.goesOn);
    }
  }

  private process(job: Job, token: string): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      // The token is of the place, not of the job: with the number of the start it is of this claim alone.
      const key = `${job.id}/${job.attemptsStarted}`;
      this.runs.set(key, { job, token, resolve, reject, reports: [], reporting: null });
      this.listener.run({ key, id: String(job.id), data: job.data, attempt: job.attemptsStarted });
    });
  }

  private lose(key: string): void {
    const run = this.runs.get(key);
    if (run === undefined) return;
    this.runs.delete(key);
    this.listener.lost(key);
    // Refused by the queue, which frees the slot.
    run.reject(new UnrecoverableError("the lock has run out"));
  }

  report(key: string, text: string): void {
    const run = this.runs.get(key);
    if (run === undefined) return;
    run.reports.push(text);
    run.reporting ??= this.sendReports(run);
  }

  /** One message for all that have come while the last one was on its way. */
  private async sendReports(run: Run): Promise<void> {
    while (run.reports.length > 0) {
      const reports = run.reports.splice(0, 1000);
      try {
        await untilItWorks(
          () => run.job.updateProgress({ reports }),
          () => !this.closing,
        );
      } catch (error) {
        this.options.onError(error);
      }
    }
    run.reporting = null;
  }

  finish(key: string, [kind, text]: Outcome, again: boolean): void {
    const run = this.runs.get(key);
    if (run === undefined) return;
    this.runs.delete(key);
    void this.reported(run).then(() => {
      if (kind === "value") return run.resolve(text);
      const reason = failedReason(text);
      run.reject(again ? new Error(reason) : new UnrecoverableError(reason));
    });
    if (kind === "value" || !again)
      this.sweeper?.ended(String(run.job.id), (run.job.data as { retention?: unknown } | null)?.retention);
  }

  private async reported(run: Run): Promise<void> {
    while (run.reporting !== null) await run.reporting;
  }

  release(key: string): void {
    const run = this.runs.get(key);
    if (run === undefined) return;
    this.runs.delete(key);
    run.job.moveToWait(run.token).then(
      () => run.reject(new WaitingError()),
      (error) => {
        this.options.onError(error);
        run.reject(new WaitingError()); // its lock runs out
      },
    );
  }

  pause(): void {
    this.paused = true;
    void this.open.then((worker) => worker.pause(true)).catch(() => {});
  }

  later(seconds: number, fn: () => void): () => void {
    return later(seconds, fn);
  }

  close(done: () => void): void {
    this.closing = true;
    this.sweeper?.close();
    void closeAll(this.opened).then(done);
  }
}
