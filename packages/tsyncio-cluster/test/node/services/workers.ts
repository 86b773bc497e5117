/** Workers as they are started on a machine: `tsyncio worker …`. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const CLI = path("../../../../tsyncio/src/cli/main.ts");
const JOBS = path("../../../../tsyncio/test/node/executors/jobs.ts");
const SIMULATED = path("../../simulated.ts");
const FAULTS = path("./faultJobs.ts");

export class WorkerProcess {
  readonly child: ChildProcess;
  output = "";

  constructor(connection: string, queue: string, args: readonly string[]) {
    this.child = spawn(
      process.execPath,
      ["--conditions=@tsyncio/source", CLI, "worker", JOBS, SIMULATED, FAULTS, "--queue", queue, ...args],
      { env: { ...process.env, TSYNCIO_CLUSTER: connection }, stdio: ["ignore", "pipe", "pipe"] },
    );
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (text) => {
        this.output += text;
      });
    }
  }

  /** It takes jobs. */
  async ready(): Promise<this> {
    while (!this.output.includes("tsyncio worker: queue")) {
      if (this.child.exitCode !== null) throw new Error(`the worker has ended: ${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this;
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, "exit");
      this.child.kill(signal);
      await ended;
    }
    return this.child.exitCode;
  }
}
