/** What the workers of the pools load. tinypool calls `setup` once; then `serve` in threads, `job` in processes. */

import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { startReplies } from "./mainLoop.ts";
import { cannotSend, FAILED, type JobMessage, type Outcome, PACKED, pack, unpack, VALUE, wrap } from "./messages.ts";
import { encodeError } from "./remoteError.ts";
import { shared } from "./shared.ts";
import { takeTransfers } from "./transfer.ts";
import { Turns } from "./turns.ts";
import { PortLink, ProcessLink, type ThreadPorts } from "./workerLinks.ts";
import { Thrown, WorkerSide } from "./workerSide.ts";

/** The ways to the pool (null between processes), and the initializer: its module, its name, its arguments. */
export interface SetupMessage {
  readonly ports: ThreadPorts | null;
  readonly initializer: readonly [url: string, name: string, args: readonly unknown[]] | null;
}

/** After so many milliseconds of jobs that do not wait, the thread's event loop gets a turn: timers, printing. */
const TURN = 20;

let worker: WorkerSide;
let jobs: MessagePort;
let turns: Turns;

export async function setup(packed: SetupMessage | Uint8Array | string): Promise<unknown> {
  const message = unpack(packed);
  const outcome = await begin(message);
  return message.ports === null ? wrap(outcome) : outcome;
}

async function begin({ ports, initializer }: SetupMessage): Promise<Outcome> {
  try {
    worker = new WorkerSide(ports === null ? new ProcessLink() : new PortLink(ports));
    if (ports !== null) {
      jobs = ports.jobs;
      turns = new Turns(ports.turns);
    }
    shared.worker = worker;
    startReplies(worker);
    if (initializer !== null) {
      const [url, name, args] = initializer;
      const fn = await worker.find(url, name);
      await worker.runsIn.run({ id: 0 }, () => fn(...args));
    }
    return [VALUE, undefined];
  } catch (error) {
    return [FAILED, encodeError(error)];
  }
}

/** In a process: one job. */
export async function job(packed: JobMessage | Uint8Array | string): Promise<unknown> {
  const message = unpack(packed);
  const result = await worker.run(message);
  if (result instanceof Thrown) return wrap([FAILED, result.error]);
  try {
    return [PACKED, pack(result)];
  } catch (error) {
    return wrap([FAILED, encodeError(cannotSend(`the result of ${worker.nameOf(message)}()`, error))]);
  }
}

/** In a thread: all jobs that are there, one after the other. */
export async function serve(): Promise<void> {
  let turnBegan = performance.now();
  for (let next = receiveMessageOnPort(jobs); next !== undefined; next = receiveMessageOnPort(jobs)) {
    const message = next.message as JobMessage;
    const turn = message[1];
    if (turn >= 0 && !turns.begin(turn)) continue; // taken back
    let result = worker.run(message);
    if (result instanceof Promise) {
      result = await result;
      turnBegan = performance.now();
    }
    if (printing()) await printed();
    answer(message, result);
    if (performance.now() - turnBegan < TURN) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    turnBegan = performance.now();
  }
}

function answer(message: JobMessage, result: unknown): void {
  const [id] = message;
  if (result instanceof Thrown) return jobs.postMessage(["done", id, [FAILED, result.error]]);
  try {
    jobs.postMessage(["value", id, result], takeTransfers([result]) as []);
  } catch (error) {
    const failed = encodeError(cannotSend(`the result of ${worker.nameOf(message)}()`, error));
    jobs.postMessage(["done", id, [FAILED, failed]]);
  }
}

/** What a job has printed is to be there before its result: the thread may be ended when that has come. */
function printing(): boolean {
  return process.stdout.writableLength > 0 || process.stderr.writableLength > 0;
}

async function printed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
}
