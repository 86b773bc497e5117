/** A process of a pool: node:child_process. */

import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable, Writable } from "node:stream";
import { copyForProcess } from "./copies.ts";
import { CHANNEL, Frames, frame } from "./frames.ts";
import { isToPool, type ToPool, type ToWorker } from "./messages.ts";
import { optionsForProcess } from "./nodeOptions.ts";
import { ToldTurns } from "./turns.ts";
import { workerFile } from "./workerFile.ts";
import type { Ended, EndSignal, LinkListener, WorkerKind, WorkerLink } from "./workerLink.ts";

/** In milliseconds: how long a process may take to end, and its channel to close after that. */
const PATIENCE = 1000;

/**
 * One job at a time. The process says when it begins it, so that a job is not lost with a process that never did. The
 * channel is a pipe of ours: Node's own, that of `fork`, throws here for what a job writes there.
 */
export class ProcessLink implements WorkerLink {
  readonly ahead = 0;
  readonly moves = false;
  readonly turns = new ToldTurns();
  readonly copy = copyForProcess;
  private readonly listener: LinkListener;
  private readonly child: ChildProcess;
  /** Null if the process was never made. */
  private readonly channel: Channel | null;
  private readonly frames = new Frames();
  private readonly ended: Promise<void>;
  /** What the process has sent that is no message. */
  private failed: { readonly cause: unknown } | null = null;

  constructor({ env, execArgv }: WorkerKind, listener: LinkListener) {
    this.listener = listener;
    this.child = spawn(process.execPath, [...(execArgv ?? optionsForProcess()), workerFile()], {
      // The process knows by the end of its stdin that this one has gone: see guard.ts.
      stdio: ["pipe", "pipe", "pipe", "pipe"],
      ...(env === undefined ? {} : { env }),
    });
    this.channel = (this.child.stdio[CHANNEL] as Channel | null | undefined) ?? null;
    this.channel?.on("error", () => {}); // The end of the process tells more.
    this.channel?.on("data", (chunk: Uint8Array) => this.receive(chunk));
    forward(this.child.stdout, process.stdout);
    forward(this.child.stderr, process.stderr);
    this.ended = this.watch();
  }

  send(message: ToWorker): void {
    const [header, bytes] = frame(message);
    if (this.channel === null || !this.channel.writable) return;
    this.channel.cork();
    this.channel.write(header);
    this.channel.write(bytes);
    this.channel.uncork();
  }

  collect(): void {}

  hold(on: boolean): void {
    const how = on ? "ref" : "unref";
    this.child[how]();
    this.channel?.[how]();
  }

  signal(how: EndSignal): void {
    this.child.kill(how === "kill" ? "SIGKILL" : "SIGTERM");
  }

  async end(): Promise<void> {
    this.hold(true);
    this.child.kill();
    const timer = setTimeout(() => this.child.kill("SIGKILL"), PATIENCE);
    await this.ended;
    clearTimeout(timer);
  }

  private receive(chunk: Uint8Array): void {
    if (this.failed !== null) return;
    const messages: ToPool[] = [];
    try {
      this.frames.add(chunk, (message) => {
        if (!isToPool(message)) throw new TypeError("its channel has what is no message of a worker");
        messages.push(message);
      });
    } catch (cause) {
      this.failed = { cause };
      this.child.kill("SIGKILL");
    }
    for (const message of messages) {
      if (message[0] === "begun") this.turns.begun(message[1]);
      else this.listener.message(message);
    }
  }

  /** Settles when the process has ended and all that it has sent is here. One that closes its channel is ended. */
  private watch(): Promise<void> {
    const { child, channel } = this;
    return new Promise((resolve) => {
      const end = (ended: Ended): void => {
        this.turns.end();
        this.listener.gone(this.failed === null ? ended : { exitCode: null, signal: null, ...this.failed });
        resolve();
      };
      let exit: Ended | null = null;
      child.on("error", (cause) => {
        if (child.pid === undefined) end({ cause, exitCode: null, signal: null }); // It was never made.
      });
      child.once("exit", (exitCode, signal) => {
        exit = { cause: undefined, exitCode, signal };
        if (channel === null || channel.closed) return end(exit);
        // A process that a job has made may have it.
        setTimeout(() => channel.destroy(), PATIENCE).unref();
      });
      channel?.once("close", () => {
        if (exit !== null) return end(exit);
        // It is about to exit, or a job has closed it.
        setTimeout(() => child.kill("SIGKILL"), PATIENCE).unref();
      });
    });
  }
}

/** A socket. */
type Channel = Duplex & Record<"ref" | "unref", () => void>;

/** What the process prints, this one prints. */
function forward(from: Readable | null, to: Writable): void {
  if (from === null || from === undefined) return; // The process was never made.
  const most = to.getMaxListeners();
  if (most > 0) {
    to.setMaxListeners(most + 1);
    from.once("close", () => to.setMaxListeners(to.getMaxListeners() - 1));
  }
  from.on("error", () => {});
  from.pipe(to);
  (from as { unref?(): void }).unref?.();
}
