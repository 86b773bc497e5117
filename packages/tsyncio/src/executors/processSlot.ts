/** A child process of a pool. */

import type { Job } from "./job.ts";
import { NO_TURN, type Outcome, pack, type ToPool, textOnly, unwrap } from "./messages.ts";
import { ProcessChannel } from "./poolLinks.ts";
import { Slot, type SlotOwner, type WorkerKind } from "./slot.ts";
import type { SetupMessage } from "./worker.ts";

/** The processes that run. One in the middle of a job does not notice that nobody is there any more. */
const living = new Set<number>();
let watching = false;

function endWithUs(pid: number): void {
  living.add(pid);
  if (watching) return;
  watching = true;
  process.on("exit", () => {
    for (const one of living) {
      try {
        process.kill(one, "SIGKILL");
      } catch {
        // It has ended just now.
      }
    }
  });
}

/** Each job is one of tinypool's. */
export class ProcessSlot extends Slot {
  readonly takesMore = false;
  protected readonly replies: ProcessChannel;
  private job: Job<unknown> | null = null;

  constructor(owner: SlotOwner, kind: WorkerKind) {
    super(owner, kind, { serialization: textOnly() ? "json" : "advanced" });
    this.replies = new ProcessChannel((message) => this.receive(message));
    const [worker] = this.tinypool.threads;
    const { threadId: pid } = worker as unknown as { threadId: number };
    endWithUs(pid);
    worker?.once("exit", () => void living.delete(pid));
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

  takeBack(): Job<unknown>[] {
    return [];
  }

  run(job: Job<unknown>): void {
    this.job = job;
    this.jobs++;
    const message = this.messageOf(job, NO_TURN);
    let packed: Uint8Array | string;
    try {
      packed = pack(message);
    } catch (error) {
      queueMicrotask(() => this.onFailure(job, error));
      return;
    }
    this.tinypool.run(packed, { name: "job" }).then(
      (outcome: Outcome) => this.onOutcome(job, unwrap(outcome)),
      (error: unknown) => this.onFailure(job, error),
    );
  }

  protected prepare(initializer: SetupMessage["initializer"]): Promise<Outcome> {
    const message: SetupMessage = { ports: null, initializer };
    return this.tinypool.run(pack(message), { name: "setup", channel: this.replies.channel }).then(unwrap<Outcome>);
  }

  protected forgetAll(): void {
    this.job = null;
  }

  private onOutcome(job: Job<unknown>, outcome: Outcome): void {
    if (this.job !== job) return;
    this.job = null;
    this.settle(job, outcome);
    this.owner._slotFree(this);
  }

  private onFailure(job: Job<unknown>, error: unknown): void {
    if (this.job !== job) return;
    this.job = null;
    job._fail(this.failure(job, error));
    this.owner._slotFree(this);
  }

  private receive(message: ToPool): void {
    const { job } = this;
    const id = message[0] === "call" ? message[2] : message[1];
    this.hear(message[0] === "cancel" || job?._id === id ? (job ?? undefined) : undefined, message);
  }
}
