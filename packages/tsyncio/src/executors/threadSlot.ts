/** A thread of a pool. */

import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { Tinypool } from "tinypool";
import type { Job } from "./job.ts";
import { NO_TURN, type Outcome, type ToPool } from "./messages.ts";
import { ThreadReplies } from "./poolLinks.ts";
import { Slot, type SlotOwner, type WorkerKind } from "./slot.ts";
import { takeTransfers } from "./transfer.ts";
import { after, isBefore, Turns } from "./turns.ts";
import type { SetupMessage } from "./worker.ts";

/** tinypool's type is that of another overload of postMessage. */
type TransferList = NonNullable<NonNullable<Parameters<Tinypool["run"]>[1]>["transferList"]>;

interface Sent {
  readonly job: Job<unknown>;
  readonly turn: number;
}

const SERVE = { name: "serve" };

/**
 * The jobs go by a port of ours, some of them in advance; a task of tinypool's has the thread do all that are there. So
 * a small job costs one message each way, and the thread does not fall asleep between two of them.
 */
export class ThreadSlot extends Slot {
  readonly takesMore = true;
  protected readonly replies = new ThreadReplies();
  private readonly port: MessagePort;
  private readonly remote: MessagePort;
  private readonly turns = new Turns();
  /** The turn of the next job. */
  private nextTurn = 0;
  /** In order: the jobs whose outcome has not come. */
  private readonly sent = new Map<number, Sent>();
  private serving = false;

  constructor(owner: SlotOwner, kind: WorkerKind) {
    super(owner, kind, kind.resourceLimits === undefined ? {} : { resourceLimits: kind.resourceLimits });
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.remote = port2;
    port1.on("message", (message: ToPool) => {
      this.receive(message);
      this.collect();
    });
    port1.unref(); // tinypool's task holds the process.
  }

  get load(): number {
    return this.sent.size;
  }

  has(job: Job<unknown>): boolean {
    return this.sent.has(job._id);
  }

  all(): Job<unknown>[] {
    return [...this.sent.values()].map(({ job }) => job);
  }

  runs(job: Job<unknown>): boolean {
    const sent = this.sent.get(job._id);
    return sent !== undefined && this.hasBegun(sent.turn, this.turns.next());
  }

  takeBack(): Job<unknown>[] {
    if (this.sent.size === 0) return [];
    const first = this.turns.takeBack(this.nextTurn);
    const jobs: Job<unknown>[] = [];
    for (const { job, turn } of this.sent.values()) {
      if (this.hasBegun(turn, first)) continue;
      jobs.push(job);
      this.sent.delete(job._id);
    }
    return jobs;
  }

  run(job: Job<unknown>): void {
    const { _id: id, _transfers: transfers } = job;
    // What has moved to the thread cannot be sent again: such a job cannot be taken back.
    const turn = transfers.length > 0 ? NO_TURN : this.nextTurn;
    const message = this.messageOf(job, turn);
    if (this.sent.size === 0) this.began = performance.now();
    this.sent.set(id, { job, turn });
    try {
      this.port.postMessage(message, transfers);
    } catch (error) {
      queueMicrotask(() => this.refused(job, error));
      return;
    }
    if (turn !== NO_TURN) this.nextTurn = after(turn);
    if (!this.serving) this.serve();
  }

  protected prepare(initializer: SetupMessage["initializer"]): Promise<Outcome> {
    const { remote: replies, signal } = this.replies;
    const message: SetupMessage = {
      ports: { jobs: this.remote, turns: this.turns.memory, replies, signal },
      initializer,
    };
    const transfers = [this.remote, replies, ...takeTransfers(initializer?.[2] ?? [])];
    return this.tinypool.run(message, { name: "setup", transferList: transfers as unknown as TransferList });
  }

  protected forgetAll(): void {
    this.sent.clear();
    this.port.close();
  }

  private hasBegun(turn: number, next: number): boolean {
    return turn === NO_TURN || isBefore(turn, next);
  }

  private serve(): void {
    this.serving = true;
    this.tinypool.run(null, SERVE).then(
      () => this.served(),
      () => this.lost(),
    );
  }

  /** The thread has found no more jobs. */
  private served(): void {
    this.collect();
    this.serving = false;
    if (this.sent.size > 0 && !this.dead) this.serve(); // They came when it had looked.
  }

  private lost(): void {
    this.collect();
    const next = this.turns.next();
    for (const { job, turn } of this.sent.values()) {
      if (!this.hasBegun(turn, next)) break;
      this.sent.delete(job._id);
      job._fail(this.failure(job, undefined));
    }
    this.dead = true;
    this.owner._slotFree(this); // It takes back the rest.
  }

  private refused(job: Job<unknown>, error: unknown): void {
    if (!this.sent.delete(job._id)) return;
    job._fail(this.failure(job, error));
    this.owner._slotFree(this);
  }

  collect(): void {
    for (let next = nextOn(this.port); next !== undefined; next = nextOn(this.port)) {
      this.receive(next.message as ToPool);
    }
  }

  private receive(message: ToPool): void {
    const [kind, id] = message;
    if (kind !== "value" && kind !== "done") {
      this.hear(this.sent.get(kind === "call" ? message[2] : id)?.job, message);
      return;
    }
    const sent = this.sent.get(id);
    if (sent === undefined) return;
    this.sent.delete(id);
    this.began = performance.now();
    if (kind === "value") this.finish(sent.job, message[2]);
    else this.settle(sent.job, message[2]);
    this.owner._slotFree(this);
  }
}

/** Deno throws for a port of which either side is closed. */
function nextOn(port: MessagePort): { message: unknown } | undefined {
  try {
    return receiveMessageOnPort(port);
  } catch {
    return undefined;
  }
}
