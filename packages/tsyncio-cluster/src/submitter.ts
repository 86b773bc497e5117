/** The jobs of one executor: what has been heard of them, and what is asked of the engine. */

import { CancelledError, LookupError, RuntimeError, TimeoutError } from "tsyncio";
import { BrokenExecutor } from "tsyncio/executors";
import type { Job, JobOwner } from "tsyncio/executors/internal";
import type { Engine, NewJob, Outcome, SubmitterLink, SubmitterListener } from "./engine/engine.ts";
import type { ClusterJob } from "./job.ts";
import { errorFromText, fromText } from "./wire/values.ts";

/** Seconds after which a worker is told again that a job is cancelled: it may have missed the first message. */
const TELL_AGAIN = 2;

const LOOK_AT_MOST = 1000;

export interface SubmitterOptions {
  readonly sizeLimit: number;
  /** After how many seconds a job that is not in the queue fails. */
  readonly submitTimeout: number;
  /** Seconds between two questions to the engine about jobs of which nothing has been heard. */
  readonly lookAgain: number;
}

export class Submitter implements JobOwner, SubmitterListener {
  readonly _isSimulated: boolean;
  closed = false;
  /** What goes back into the queue is cancelled too. */
  private cancelsWaiting = false;
  private readonly engine: Engine;
  private readonly options: SubmitterOptions;
  private readonly link: SubmitterLink;
  /** Those that are not done, by their ids in the queue: several where a key has joined them. */
  private readonly jobs = new Map<string, ClusterJob<unknown>[] | ClusterJob<unknown>>();
  private count = 0;
  /** Jobs of which something has been heard since the last look. */
  private heard = new Set<string>();
  private stopLooking: (() => void) | null = null;
  private stopTelling: (() => void) | null = null;
  private stopWaiting: (() => void) | null = null;
  /** On their way to the queue, with the time when they must be there; in that order. */
  private readonly sent = new Map<string, number>();
  /** Those that failed on their way: if they come into the queue after all, they are taken out. */
  private readonly abandoned = new Set<string>();
  private readonly whenReleased: (() => void)[] = [];
  private isReleasing = false;
  private isReleased = false;

  constructor(engine: Engine, options: SubmitterOptions) {
    this.engine = engine;
    this.options = options;
    this._isSimulated = engine.isSimulated;
    this.link = engine.submitter(this);
  }

  get pending(): number {
    return this.count;
  }

  get words(): string {
    return this.engine.words;
  }

  add(job: ClusterJob<unknown>, what: NewJob): void {
    this.keep(job.id, job);
    this.sent.set(job.id, performance.now() / 1000 + this.options.submitTimeout);
    this.watchSent();
    this.link.add(what);
  }

  /** Waits for the outcome of a job that is in the queue already. */
  attach(job: ClusterJob<unknown>): void {
    job._place = "queued";
    this.keep(job.id, job);
    this.link.look([job.id]);
  }

  /** Calls back when all jobs are done and the engine is released. */
  close(cancelWaiting: boolean, done: () => void): void {
    this.closed = true;
    this.cancelsWaiting ||= cancelWaiting;
    if (cancelWaiting) for (const job of [...this.all()]) if (job._place !== "running") this.ask(job, "queue");
    if (this.isReleased) return done();
    this.whenReleased.push(done);
    this.checkEmpty();
  }

  private release(): void {
    this.isReleasing = true;
    this.stopWaiting?.();
    this.link.close(() => {
      this.engine.close(() => {
        this.isReleased = true;
        for (const done of this.whenReleased.splice(0)) done();
      });
    });
  }

  // ------------------------------------------------------------------ for jobs

  /** @internal */
  _runs(job: Job<unknown>): boolean {
    return (job as ClusterJob<unknown>)._place === "running";
  }

  /**
   * @internal The job is done when the engine says so: whether it has begun is known there. True says that the
   * cancellation is on its way; a job that ends first keeps its result.
   */
  _cancel(given: Job<unknown>, hard: boolean): boolean {
    const job = given as ClusterJob<unknown>;
    if (job._queueId !== job.id) {
      // The run belongs to the job that was there first.
      this.drop(job);
      job._cancelled(undefined);
      return true;
    }
    if (job._place === "running" && !hard && !job._isCoroutine) return false;
    this.ask(job, hard ? "terminate" : job._isCoroutine ? "cancel" : "queue");
    return true;
  }

  private ask(job: ClusterJob<unknown>, what: NonNullable<ClusterJob<unknown>["_cancelling"]>): void {
    if (job._cancelling !== "terminate") job._cancelling = what;
    if (job._place !== "sent") this.tell(job);
  }

  private tell(job: ClusterJob<unknown>): void {
    const { _cancelling: what } = job;
    if (what === null) return;
    this.link.cancel(job._queueId, what === "queue" ? null : what);
    this.stopTelling ??= this.link.later(TELL_AGAIN, () => {
      this.stopTelling = null;
      for (const one of [...this.all()]) if (one._cancelling !== null && one._place !== "sent") this.tell(one);
    });
  }

  // ------------------------------------------------------------------ what the engine tells

  added(id: string, as: string): void {
    this.sent.delete(id);
    if (this.abandoned.delete(id)) return this.link.cancel(id, "terminate");
    const job = this.jobs.get(id);
    if (job === undefined || Array.isArray(job)) return;
    if (as !== id) {
      this.drop(job);
      job._queueId = as;
      this.keep(as, job);
      // It may have ended meanwhile.
      this.link.look([as]);
    }
    if (job._place === "sent") job._place = "queued";
    if (job._cancelling === null) return;
    if (as === id) this.tell(job);
    else this._cancel(job, false);
  }

  refused(id: string, error: unknown): void {
    this.sent.delete(id);
    this.abandoned.delete(id);
    for (const job of this.take(id)) job._fail(error);
  }

  begun(id: string): void {
    for (const job of this.of(id)) {
      this.sent.delete(job.id);
      job._place = "running";
      // Cancelling a job that has begun is not what was asked for.
      if (job._cancelling === "queue") job._cancelling = null;
    }
  }

  waits(id: string): void {
    for (const job of this.of(id)) {
      job._place = "queued";
      if (this.cancelsWaiting) this.ask(job, "queue");
    }
  }

  reported(id: string, texts: readonly string[]): void {
    for (const job of this.of(id)) {
      if (job._readers === null) continue;
      for (const text of texts) {
        try {
          const value = fromText(text, `a report of ${job._name}()`, this.options.sizeLimit);
          for (const reader of job._readers) reader._add(value);
        } catch (error) {
          return job._fail(error);
        }
      }
    }
  }

  ended(id: string, outcome: Outcome): void {
    this.sent.delete(id);
    for (const job of this.take(id)) this.settle(job, outcome);
  }

  private settle(job: ClusterJob<unknown>, [kind, text]: Outcome): void {
    const { sizeLimit } = this.options;
    try {
      if (kind === "value") return job._finish(fromText(text, `the result of ${job._name}()`, sizeLimit));
      if (kind === "error") return job._fail(errorFromText(text, this.whereOf(job), sizeLimit));
      if (kind === "broken") return job._fail(new BrokenExecutor(text));
      if (job._cancelling !== null) return job._cancelled(undefined);
      job._fail(new LookupError(`${job._name}() has no outcome: ${text}`));
    } catch (error) {
      job._fail(error);
    }
  }

  /** For the stack of its error: below what the worker's has, what this side knows. */
  private whereOf(job: ClusterJob<unknown>): string {
    const where = `${job._name}() in ${this.words}`;
    return job._submitted === "" ? where : `${where}, submitted\n${job._submitted}`;
  }

  // ------------------------------------------------------------------ the jobs that are not done

  private keep(id: string, job: ClusterJob<unknown>): void {
    const others = this.jobs.get(id);
    this.jobs.set(id, others === undefined ? job : Array.isArray(others) ? [...others, job] : [others, job]);
    this.count++;
    this.stopLooking ??= this.lookLater();
  }

  private of(id: string): readonly ClusterJob<unknown>[] {
    const found = this.jobs.get(id);
    if (found === undefined) return [];
    this.heard.add(id);
    return Array.isArray(found) ? found : [found];
  }

  private take(id: string): readonly ClusterJob<unknown>[] {
    const found = this.of(id);
    this.jobs.delete(id);
    this.heard.delete(id);
    this.count -= found.length;
    this.checkEmpty();
    return found;
  }

  private drop(job: ClusterJob<unknown>): void {
    const others = this.of(job._queueId).filter((other) => other !== job);
    this.count--;
    if (others.length === 0) this.jobs.delete(job._queueId);
    else this.jobs.set(job._queueId, others.length === 1 ? (others[0] as ClusterJob<unknown>) : [...others]);
    this.checkEmpty();
  }

  private *all(): Generator<ClusterJob<unknown>> {
    for (const found of this.jobs.values()) yield* Array.isArray(found) ? found : [found];
  }

  private checkEmpty(): void {
    if (this.count > 0) return;
    this.stopTelling?.();
    this.stopLooking?.();
    this.stopTelling = this.stopLooking = null;
    if (this.closed && !this.isReleasing) this.release();
  }

  // ------------------------------------------------------------------ what may be lost on the way

  /** What the engine tells may be lost while the connection is. */
  private lookLater(): () => void {
    return this.link.later(this.options.lookAgain, () => {
      const quiet = [...this.jobs.keys()].filter((id) => !this.heard.has(id) && !this.sent.has(id));
      // The others have their turn later: what was asked for now counts as heard then.
      const asked = quiet.slice(0, LOOK_AT_MOST);
      this.heard = new Set(asked);
      if (asked.length > 0) this.link.look(asked);
      this.stopLooking = this.lookLater();
    });
  }

  /** A job must come into the queue in time. */
  private watchSent(): void {
    if (this.stopWaiting !== null) return;
    const [first] = this.sent.values();
    if (first === undefined) return;
    this.stopWaiting = this.link.later(Math.max(0, first - performance.now() / 1000), () => {
      this.stopWaiting = null;
      const now = performance.now() / 1000;
      for (const [id, deadline] of [...this.sent]) {
        if (deadline > now) break;
        this.sent.delete(id);
        this.abandoned.add(id);
        for (const job of this.take(id))
          job._fail(job._cancelling === null ? this.unreachable() : new CancelledError());
      }
      this.watchSent();
    });
  }

  private unreachable(): TimeoutError {
    const { submitTimeout } = this.options;
    const { message, code } = (this.link.trouble ?? {}) as { message?: string; code?: string };
    const why = message || code;
    return new TimeoutError(
      `the job could not be put into the queue within ${submitTimeout} seconds: ${this.words} does not answer${why ? ` (${why})` : ""}. It is taken out ` +
        "of the queue if it comes there after all.",
    );
  }

  /** @throws {RuntimeError} After `shutdown()`. */
  checkOpen(): void {
    if (this.closed) throw new RuntimeError("cannot schedule new futures after shutdown");
  }

  toString(): string {
    return this.words;
  }
}
