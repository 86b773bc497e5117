/** A worker does the jobs that it is sent, one after the other. */

import { types } from "node:util";
import type { JobMessage, Reply, SetupMessage, ToWorker } from "./messages.ts";
import type { PoolLink } from "./poolLink.ts";
import type { InWorker } from "./shared.ts";
import { WorkerSide } from "./workerSide.ts";

/** After this many milliseconds of jobs that do not wait, the worker's event loop gets a turn: timers, printing. */
const TURN = 20;

export class JobLoop {
  private readonly link: PoolLink;
  private readonly worker: WorkerSide;
  /** The jobs that came while another one ran. */
  private waiting: JobMessage[] = [];
  private busy = false;

  constructor(link: PoolLink) {
    this.link = link;
    this.worker = new WorkerSide(
      link,
      blockBy(link, (message) => this.receive(message)),
    );
    link.listen((message) => this.receive(message));
  }

  private receive(message: ToWorker): void {
    switch (message[0]) {
      case "setup":
        void this.setup(message as SetupMessage);
        break;
      case "reply":
        this.worker.settle(message as Reply);
        break;
      default:
        this.waiting.push(message as JobMessage);
        if (this.busy) return;
        this.busy = true;
        queueMicrotask(() => void this.serve());
    }
  }

  private async setup([, initializer]: SetupMessage): Promise<void> {
    this.link.post(["ready", await this.worker.begin(initializer)], []);
  }

  /** Does all jobs that are there. */
  private async serve(): Promise<void> {
    let turnBegan = performance.now();
    for (let job = this.next(); job !== undefined; job = this.next()) {
      if (!this.link.begin(job[1])) continue; // taken back
      let result = this.worker.run(job);
      if (types.isPromise(result)) {
        result = await result;
        turnBegan = performance.now();
      }
      if (printing()) await printed();
      this.worker.answer(job, result);
      if (performance.now() - turnBegan < TURN) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      turnBegan = performance.now();
    }
    this.busy = false;
  }

  private next(): JobMessage | undefined {
    while (this.waiting.length === 0) {
      const message = this.link.takeSoon();
      if (message === undefined) return undefined;
      this.receive(message);
    }
    return this.waiting.shift();
  }
}

/** How a job waits for a reply without the event loop. Jobs that come meanwhile wait. */
function blockBy(link: PoolLink, receive: (message: ToWorker) => void): InWorker["block"] {
  const { block } = link;
  if (block === null) return null;
  return (done, ms) => {
    const look = (): boolean => {
      for (let message = link.take(); message !== undefined; message = link.take()) receive(message);
      return done();
    };
    block(look, ms);
  };
}

/** What a job has printed is to be there before its result: the worker may be ended when that has come. */
function printing(): boolean {
  return process.stdout.writableLength > 0 || process.stderr.writableLength > 0;
}

async function printed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
}
