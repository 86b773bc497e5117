/**
 * The twin of a real queue, in memory: the same promises, without a server. In a simulation it lives on simulated time;
 * what it is told and what it tells takes `latency` each way, so that `explore` can try all orders.
 */

import { kernel } from "tsyncio/executors/internal";
import type {
  Claim,
  Engine,
  NewJob,
  Outcome,
  SubmitterLink,
  SubmitterListener,
  WorkerLinkOptions,
  WorkerListener,
} from "./engine.ts";
import { lostText } from "./lost.ts";
import { SubmitterSide, WorkerSide } from "./memoryLinks.ts";

/** Options of `memoryEngine`. */
export interface MemoryEngineOptions {
  /** How many seconds a message takes, each way. Defaults to 0.001. */
  latency?: number;
}

type Later = (seconds: number, fn: () => void) => () => void;

interface Entry {
  readonly job: NewJob;
  /** "lost": its worker was not heard of in time, and no other one has found that yet. */
  state: "delayed" | "waiting" | "active" | "lost" | "ended";
  attempt: number;
  failures: number;
  claim: WorkerSide | null;
  expires: (() => void) | null;
  outcome: Outcome | null;
  /** When the outcome is forgotten. */
  until: number;
}

export class MemoryEngine implements Engine {
  readonly words = "memory";
  readonly isSimulated: boolean;
  /** @internal */ readonly _later: Later;
  private readonly now: () => number;
  private readonly latency: number;
  private readonly entries = new Map<string, Entry>();
  /** By the keys of the claims: one that is not here delivers nothing. */
  private readonly claims = new Map<string, Entry>();
  private readonly lost = new Set<Entry>();
  private readonly submitters = new Set<SubmitterSide>();
  private readonly workers: WorkerSide[] = [];

  constructor({ latency = 0.001 }: MemoryEngineOptions = {}) {
    const loop = kernel.runningLoop;
    this.isSimulated = loop !== null;
    this.latency = latency;
    this.now = loop === null ? () => performance.now() / 1000 : () => loop.time();
    this._later =
      loop === null
        ? (seconds, fn) => {
            const timer = setTimeout(fn, seconds * 1000);
            return () => clearTimeout(timer);
          }
        : (seconds, fn) => {
            const timer = loop.callLater(seconds, fn);
            return () => timer.cancel();
          };
  }

  submitter(listener: SubmitterListener): SubmitterLink {
    const side = new SubmitterSide(this, listener);
    this.submitters.add(side);
    return side;
  }

  worker(listener: WorkerListener, options: WorkerLinkOptions): WorkerSide {
    const side = new WorkerSide(this, listener, options);
    this.workers.push(side);
    this._travel(() => this._serve());
    return side;
  }

  close(done: () => void): void {
    done();
  }

  /** How many jobs it has that have not ended. */
  get pending(): number {
    return [...this.entries.values()].filter(({ state }) => state !== "ended").length;
  }

  /** @internal A message on its way. */
  _travel(arrive: () => void): void {
    this._later(this.latency, arrive);
  }

  /** @internal */
  _tell(tell: (listener: SubmitterListener) => void): void {
    for (const side of this.submitters) side.hear(tell);
  }

  /** What has been kept for long enough. */
  private forget(): void {
    const now = this.now();
    for (const [id, { until }] of this.entries) if (until <= now) this.entries.delete(id);
  }

  /** @internal */
  _add(side: SubmitterSide, job: NewJob): void {
    const same = [...this.entries.values()].find(
      ({ state, job: other }) =>
        state !== "ended" && job.options.deduplicate !== null && other.options.deduplicate === job.options.deduplicate,
    );
    side.hear((listener) => listener.added(job.id, same?.job.id ?? job.id));
    if (same !== undefined || this.entries.has(job.id)) return;
    const entry: Entry = {
      job,
      state: "waiting",
      attempt: 0,
      failures: 0,
      claim: null,
      expires: null,
      outcome: null,
      until: Number.POSITIVE_INFINITY,
    };
    this.entries.set(job.id, entry);
    this.wait(entry, job.options.delay);
  }

  /** @internal */
  _cancel(id: string, running: "cancel" | "terminate" | null): void {
    const entry = this.entries.get(id);
    if (entry === undefined || entry.state === "ended") return;
    if (entry.state !== "active") return this.end(entry, ["removed", "it was cancelled"]);
    if (running !== null) entry.claim?.hear((listener) => listener.cancel(id, running));
  }

  /** @internal */
  _look(side: SubmitterSide, ids: readonly string[]): void {
    this.forget();
    for (const id of ids) this.lookAt(side, id);
  }

  private lookAt(side: SubmitterSide, id: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined)
      return side.hear((listener) => listener.ended(id, ["removed", "the queue does not have it"]));
    const { state, outcome, attempt, job } = entry;
    if (outcome !== null) return side.hear((listener) => listener.ended(id, outcome));
    if (state === "active") return side.hear((listener) => listener.begun(id));
    if (state !== "lost") return;
    if (attempt <= job.call.retries) return side.hear((listener) => listener.waits(id));
    this.end(entry, ["broken", lostText(job.call.fn)]);
  }

  /** @internal Hands jobs to workers with a free slot. */
  _serve(): void {
    this.recover();
    for (const worker of this.workers) {
      while (worker.hasTime) {
        const entry = this.next();
        if (entry === null) return;
        this.claim(entry, worker);
      }
    }
  }

  /** A worker finds what others have lost. */
  private recover(): void {
    if (!this.workers.some((worker) => worker.takesJobs)) return;
    for (const entry of this.lost) {
      this.lost.delete(entry);
      entry.state = "waiting";
      this._tell((listener) => listener.waits(entry.job.id));
    }
  }

  private next(): Entry | null {
    let found: Entry | null = null;
    for (const entry of this.entries.values()) {
      if (entry.state !== "waiting") continue;
      if (found === null || entry.job.options.priority < found.job.options.priority) found = entry;
    }
    return found;
  }

  private claim(entry: Entry, worker: WorkerSide): void {
    entry.state = "active";
    entry.attempt++;
    entry.claim = worker;
    const { id, call } = entry.job;
    worker.claimed++;
    const claim: Claim = { key: `${id}/${entry.attempt}`, id, data: call, attempt: entry.attempt };
    this.claims.set(claim.key, entry);
    this.renewed(entry);
    worker.take(claim);
    this._tell((listener) => listener.begun(id));
  }

  /** @internal The worker has shown that it lives. */
  _renew(worker: WorkerSide, key: string): void {
    const entry = this.held(worker, key);
    if (entry !== null) this.renewed(entry);
  }

  private renewed(entry: Entry): void {
    const worker = entry.claim as WorkerSide;
    entry.expires?.();
    entry.expires = this._later(worker.options.lock, () => {
      // It has stalled: another worker may have it, and this one delivers nothing any more.
      this.leave(entry);
      entry.state = "lost";
      this.lost.add(entry);
      this._serve();
    });
  }

  /** @internal */
  _finish(worker: WorkerSide, key: string, outcome: Outcome, again: boolean): void {
    const entry = this.held(worker, key);
    if (entry === null) return;
    const { id } = entry.job;
    this.leave(entry);
    if (again && outcome[0] === "error" && entry.failures < entry.job.call.retries) {
      const { type, base } = entry.job.options.backoff;
      this._tell((listener) => listener.waits(id));
      this.wait(entry, type === "fixed" ? base : base * 2 ** entry.failures++);
    } else this.end(entry, outcome);
    this._serve();
  }

  /** @internal */
  _release(worker: WorkerSide, key: string): void {
    const entry = this.held(worker, key);
    if (entry === null) return;
    const { id } = entry.job;
    this.leave(entry);
    this._tell((listener) => listener.waits(id));
    this.wait(entry, 0);
  }

  /** @internal */
  _report(worker: WorkerSide, key: string, text: string): void {
    const entry = this.held(worker, key);
    if (entry !== null) this._tell((listener) => listener.reported(entry.job.id, [text]));
  }

  /** @internal */
  _gone(side: SubmitterSide | WorkerSide): void {
    if (side instanceof SubmitterSide) this.submitters.delete(side);
    else this.workers.splice(this.workers.indexOf(side), 1);
  }

  /** The job, if it is still this worker's by this claim; else the worker is told. */
  private held(worker: WorkerSide, key: string): Entry | null {
    const entry = this.claims.get(key);
    if (entry !== undefined) return entry;
    worker.forget(key);
    worker.hear((listener) => listener.lost(key));
    return null;
  }

  private leave(entry: Entry): void {
    if (entry.claim !== null) entry.claim.claimed--;
    entry.expires?.();
    entry.expires = entry.claim = null;
    this.claims.delete(`${entry.job.id}/${entry.attempt}`);
  }

  private wait(entry: Entry, delay: number): void {
    entry.state = delay > 0 ? "delayed" : "waiting";
    if (delay === 0) return this._serve();
    this._later(delay, () => {
      if (entry.state !== "delayed") return;
      entry.state = "waiting";
      this._serve();
    });
  }

  private end(entry: Entry, outcome: Outcome): void {
    this.lost.delete(entry);
    entry.state = "ended";
    entry.outcome = outcome;
    entry.until = this.now() + entry.job.call.retention;
    this._tell((listener) => listener.ended(entry.job.id, outcome));
  }
}
