/** What the threads of the pools load. tinypool calls `setup` once, then `serve`. */

import { types } from "node:util";
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { startReplies } from "./mainLoop.ts";
import type { JobMessage, Outcome } from "./messages.ts";
import { Turns } from "./turns.ts";
import { PortLink } from "./workerLinks.ts";
import { printed, printing, type SetupMessage, type ThreadPorts, WorkerSide } from "./workerSide.ts";

/** After so many milliseconds of jobs that do not wait, the thread's event loop gets a turn: timers, printing. */
const TURN = 20;

let worker: WorkerSide;
let jobs: MessagePort;
let turns: Turns;

export function setup({ ports, initializer }: SetupMessage & { ports: ThreadPorts }): Promise<Outcome> {
  worker = new WorkerSide(new PortLink(ports));
  jobs = ports.jobs;
  turns = new Turns(ports.turns);
  startReplies(worker);
  return worker.begin(initializer);
}

/** All jobs that are there, one after the other. */
export async function serve(): Promise<void> {
  let turnBegan = performance.now();
  for (let next = receiveMessageOnPort(jobs); next !== undefined; next = receiveMessageOnPort(jobs)) {
    const message = next.message as JobMessage;
    const turn = message[1];
    if (turn >= 0 && !turns.begin(turn)) continue; // taken back
    let result = worker.run(message);
    if (types.isPromise(result)) {
      result = await result;
      turnBegan = performance.now();
    }
    if (printing()) await printed();
    worker.answer(message, result);
    if (performance.now() - turnBegan < TURN) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    turnBegan = performance.now();
  }
}
