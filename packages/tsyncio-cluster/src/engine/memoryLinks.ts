/** What an executor and a worker have of a queue in memory: messages to it and from it, each on its way for a while. */

import type {
  Claim,
  NewJob,
  Outcome,
  SubmitterLink,
  SubmitterListener,
  WorkerLink,
  WorkerLinkOptions,
  WorkerListener,
} from "./engine.ts";
import type { MemoryEngine } from "./memory.ts";

/** Messages arrive in the order in which they were sent. */
class Side<L> {
  protected readonly engine: MemoryEngine;
  private readonly listener: L;
  private readonly inbox: ((listener: L) => void)[] = [];
  private readonly outbox: (() => void)[] = [];
  protected frozen = false;
  protected gone = false;

  constructor(engine: MemoryEngine, listener: L) {
    this.engine = engine;
    this.listener = listener;
  }

  hear(tell: (listener: L) => void): void {
    this.inbox.push(tell);
    this.engine._travel(() => this.deliver());
  }

  later(seconds: number, fn: () => void): () => void {
    return this.engine._later(seconds, () => {
      if (!this.gone) fn();
    });
  }

  protected say(what: () => void): void {
    this.outbox.push(what);
    this.engine._travel(() => {
      if (!this.frozen) this.outbox.shift()?.();
    });
  }

  protected deliver(): void {
    if (!this.frozen && !this.gone) this.inbox.shift()?.(this.listener);
  }

  protected get waiting(): number {
    return this.inbox.length;
  }

  protected flush(): void {
    while (this.outbox.length > 0) this.outbox.shift()?.();
  }
}

export class SubmitterSide extends Side<SubmitterListener> implements SubmitterLink {
  readonly trouble = null;

  add(job: NewJob): void {
    this.say(() => this.engine._add(this, job));
  }

  cancel(id: string, running: "cancel" | "terminate" | null): void {
    this.say(() => this.engine._cancel(id, running));
  }

  look(ids: readonly string[]): void {
    this.say(() => this.engine._look(this, ids));
  }

  close(done: () => void): void {
    this.gone = true;
    this.engine._gone(this);
    done();
  }
}

export class WorkerSide extends Side<WorkerListener> implements WorkerLink {
  /** @internal */ readonly options: WorkerLinkOptions;
  /** @internal How many jobs are its. */
  claimed = 0;
  private paused = false;
  private readonly keys = new Set<string>();
  private stopRenewing: (() => void) | null = null;

  constructor(engine: MemoryEngine, listener: WorkerListener, options: WorkerLinkOptions) {
    super(engine, listener);
    this.options = options;
  }

  /** @internal */
  get takesJobs(): boolean {
    return !this.paused && !this.frozen && !this.gone;
  }

  /** @internal */
  get hasTime(): boolean {
    return this.takesJobs && this.claimed < this.options.slots;
  }

  /** @internal */
  take(claim: Claim): void {
    this.hear((listener) => {
      this.keys.add(claim.key);
      this.renewLater();
      listener.run(claim);
    });
  }

  report(key: string, text: string): void {
    this.say(() => this.engine._report(this, key, text));
  }

  finish(key: string, outcome: Outcome, again: boolean): void {
    this.forget(key);
    this.say(() => this.engine._finish(this, key, outcome, again));
  }

  release(key: string): void {
    this.forget(key);
    this.say(() => this.engine._release(this, key));
  }

  pause(): void {
    this.paused = true;
  }

  close(done: () => void): void {
    this.say(() => {
      this.leave();
      done();
    });
  }

  /** As SIGKILL: nothing comes from it any more, and nothing reaches it. */
  kill(): void {
    this.frozen = true;
    this.leave();
  }

  /** As SIGSTOP: it stands still. Its claims run out meanwhile. */
  stop(): void {
    this.frozen = true;
  }

  /** As SIGCONT: it goes on as if nothing had been. */
  continue(): void {
    this.frozen = false;
    for (let n = this.waiting; n > 0; n--) this.deliver();
    this.flush();
    this.engine._travel(() => this.engine._serve());
  }

  private leave(): void {
    this.gone = true;
    this.stopRenewing?.();
    this.engine._gone(this);
  }

  /** @internal The claim is not renewed any more. */
  forget(key: string): void {
    this.keys.delete(key);
    if (this.keys.size > 0) return;
    this.stopRenewing?.();
    this.stopRenewing = null;
  }

  private renewLater(): void {
    this.stopRenewing ??= this.later(this.options.lock / 3, () => {
      this.stopRenewing = null;
      for (const key of this.keys) this.say(() => this.engine._renew(this, key));
      if (this.keys.size > 0) this.renewLater();
    });
  }
}
