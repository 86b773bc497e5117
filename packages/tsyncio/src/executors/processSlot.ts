/** A child process of a pool. */

import type { ChildProcess } from "node:child_process";
import { exitOf, hold, sendTo, startProcess } from "./childProcess.ts";
import type { Job } from "./job.ts";
import { NO_TURN, type Outcome, readMessage, type ToPool } from "./messages.ts";
import { ProcessReplies } from "./poolLinks.ts";
import { Slot, type SlotOwner, type WorkerKind } from "./slot.ts";
import type { SetupMessage } from "./workerSide.ts";

/** How long a process that is told to end may take, in milliseconds. */
const PATIENCE = 1000;

/** One job at a time. The process says when it begins it, so that a job is not lost with a process that never did. */
export class ProcessSlot extends Slot {
  readonly takesMore = false;
  protected readonly replies: ProcessReplies;
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private job: Job<unknown> | null = null;
  /** True when the process has begun the job. */
  private hasBegun = false;
  /** What `prepare` waits for. */
  private finishSetup: (outcome: Outcome) => void = () => {};
  private failSetup: (error: Error) => void = () => {};

  constructor(owner: SlotOwner, kind: WorkerKind) {
    super(owner, kind);
    this.child = startProcess(kind, (message) => this.receive(message));
    this.replies = new ProcessReplies(this.child);
    this.exited = exitOf(this.child).then((ended) => {
      this.gone(ended);
      this.failSetup(new Error("the process has ended"));
    });
  }

  get load(): number {
    return this.job === null ? 0 : 1;
  }

  has(job: Job<unknown>): boolean {
    return this.job === job;
  }

  all(): Job<unknown>[] {
    return this.job === null ? [] : [this.job];
  }

  runs(job: Job<unknown>): boolean {
    return this.job === job;
  }

  collect(): void {}

  /** A process that lives may begin at any time what it was sent. */
  takeBack(): Job<unknown>[] {
    const { job } = this;
    if (job === null || this.hasBegun || !this.hasEnded) return [];
    this.job = null;
    return [job];
  }

  run(job: Job<unknown>): void {
    this.job = job;
    this.hasBegun = false;
    this.jobs++;
    try {
      sendTo(this.child, ["job", this.messageOf(job, NO_TURN)]);
    } catch (error) {
      queueMicrotask(() => {
        if (this.take(job._id) !== null) this.refuse(job, error);
      });
      return;
    }
    hold(this.child, true);
  }

  protected prepare(initializer: SetupMessage["initializer"]): Promise<Outcome> {
    hold(this.child, true);
    return new Promise((resolve, reject) => {
      this.finishSetup = resolve;
      this.failSetup = reject;
      sendTo(this.child, ["setup", { ports: null, initializer }]);
    });
  }

  protected forgetAll(): void {
    this.job = null;
  }

  protected async stop(): Promise<void> {
    hold(this.child, true);
    this.child.kill();
    const timer = setTimeout(() => this.child.kill("SIGKILL"), PATIENCE);
    await this.exited;
    clearTimeout(timer);
  }

  /** The job of this number, if the process has it; it has none then. */
  private take(id: number): Job<unknown> | null {
    const { job } = this;
    if (job?._id !== id) return null;
    this.job = null;
    hold(this.child, false);
    return job;
  }

  private receive(packed: unknown): void {
    let message: ToPool;
    try {
      message = readMessage(packed);
    } catch {
      return this.foreign("process.send()", packed);
    }
    switch (message[0]) {
      case "ready":
        this.finishSetup(message[1]);
        hold(this.child, this.job !== null);
        break;
      case "begun":
        this.hasBegun ||= this.job?._id === message[1];
        break;
      case "value":
      case "failed": {
        const job = this.take(message[1]);
        if (job === null) break;
        this.settle(job, message);
        this.owner._slotFree(this);
        break;
      }
      default:
        this.hear(message[0] === "cancel" || this.job?._id === jobOf(message) ? this.job : null, message);
    }
  }
}

function jobOf(message: ToPool & readonly ["report" | "call", ...unknown[]]): number {
  return message[0] === "call" ? message[2] : message[1];
}
