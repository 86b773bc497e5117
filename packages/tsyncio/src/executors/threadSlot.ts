/** A thread of a pool. */

import type { EventEmitter } from "node:events";
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { Tinypool } from "tinypool";
import type { Job } from "./job.ts";
import { NO_TURN, type Outcome, type ToPool } from "./messages.ts";
import { ThreadReplies } from "./poolLinks.ts";
import { Slot, type SlotOwner, type WorkerKind } from "./slot.ts";
import { takeTransfers } from "./transfer.ts";
import { after, isBefore, Turns } from "./turns.ts";
import { workerFile } from "./workerFile.ts";
import type { SetupMessage } from "./workerSide.ts";

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
  /** Of one worker: which job is in which worker is then known, and one that ends takes nothing with it. */
  private readonly tinypool: Tinypool;
  private readonly exited: Promise<void>;
  private readonly port: MessagePort;
  private readonly remote: MessagePort;
  private readonly turns = new Turns();
  /** The turn of the next job. */
  private nextTurn = 0;
  /** In order: the jobs whose outcome has not come. */
  private readonly sent = new Map<number, Sent>();
  private serving = false;

  constructor(owner: SlotOwner, kind: WorkerKind) {
    super(owner, kind);
    this.tinypool = onlyThread(kind);
    this.exited = this.watch();
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

  protected async stop(): Promise<void> {
    // tinypool waits for ever for a thread that has ended just now.
    void this.tinypool.destroy().catch(() => {});
    await this.exited;
  }

  /** tinypool knows when a thread fails, but not when it calls `process.exit`. Settles when the thread has ended. */
  private watch(): Promise<void> {
    const [worker] = this.tinypool.threads as unknown as [EventEmitter & { thread: EventEmitter }];
    // tinypool's destroy() waits by `once` of node:events, which needs this if the thread fails just then.
    Object.assign(worker, { removeListener: () => worker });
    this.tinypool.on("error", () => {}); // A thread that ends without a job is no error of a job's.
    worker.on("error", (cause: unknown) => this.gone({ cause, exitCode: null, signal: null }));
    const { thread } = worker;
    const emit = thread.emit.bind(thread);
    // tinypool has one message of its own on this port; a job may send what it likes, on which tinypool would throw.
    thread.emit = (event: string, ...args: unknown[]) => {
      if (event !== "message" || isReadyMessage(args[0])) return emit(event, ...args);
      this.foreign("parentPort.postMessage()", args[0]);
      return true;
    };
    return new Promise((resolve) => {
      worker.once("exit", (exitCode: number) => {
        resolve();
        if (this.dead) return;
        this.gone({ cause: undefined, exitCode, signal: null });
        worker.emit("error", new Error(`the thread has ended with exit code ${exitCode}`)); // for tinypool
      });
    });
  }

  private hasBegun(turn: number, next: number): boolean {
    return turn === NO_TURN || isBefore(turn, next);
  }

  private serve(): void {
    this.serving = true;
    this.tinypool.run(null, SERVE).then(
      () => this.served(),
      (cause: unknown) => this.gone({ cause, exitCode: null, signal: null }),
    );
  }

  /** The thread has found no more jobs. */
  private served(): void {
    this.collect();
    this.serving = false;
    if (this.sent.size > 0 && !this.dead) this.serve(); // They came when it had looked.
  }

  private refused(job: Job<unknown>, error: unknown): void {
    if (this.sent.delete(job._id)) this.refuse(job, error);
  }

  collect(): void {
    for (let next = nextOn(this.port); next !== undefined; next = nextOn(this.port)) {
      this.receive(next.message as ToPool);
    }
  }

  private receive(message: ToPool): void {
    if (message[0] !== "value" && message[0] !== "failed") {
      const id = message[0] === "call" ? message[2] : message[1];
      this.hear(this.sent.get(id as number)?.job ?? null, message);
      return;
    }
    const [, id] = message;
    const sent = this.sent.get(id);
    if (sent === undefined) return;
    this.sent.delete(id);
    this.began = performance.now();
    this.settle(sent.job, message);
    this.owner._slotFree(this);
  }
}

function onlyThread({ env, execArgv, resourceLimits }: WorkerKind): Tinypool {
  const tinypool = new Tinypool({
    filename: workerFile("worker"),
    runtime: "worker_threads",
    minThreads: 1,
    maxThreads: 1,
    // On Deno a thread that sleeps by Atomics never gets its first message.
    useAtomics: process.versions.deno === undefined,
    ...(env === undefined ? {} : { env }),
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    ...(resourceLimits === undefined ? {} : { resourceLimits }),
  });
  // No number is more or less than this: tinypool neither replaces the thread when it ends, for we do that, nor sets a
  // timer after each job to end it.
  tinypool.options.minThreads = Number.NaN;
  return tinypool;
}

function isReadyMessage(message: unknown): boolean {
  return typeof message === "object" && message !== null && "ready" in message && message.ready === true;
}

/** Deno throws for a port of which either side is closed. */
function nextOn(port: MessagePort): { message: unknown } | undefined {
  try {
    return receiveMessageOnPort(port);
  } catch {
    return undefined;
  }
}
