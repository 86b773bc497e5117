/** Workers as they are started on a machine: `tsyncio worker …`. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { CLI, nodeOptions } from "../../../../tsyncio/test/node/children.ts";

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
/** Alone it loads faster: tests of faults start many workers. */
export const FAULT_JOBS = path("./faultJobs.ts");
const MODULES: readonly string[] = [
  path("../../../../tsyncio/test/node/executors/jobs.ts"),
  path("../../simulated.ts"),
  FAULT_JOBS,
];

/** Where it runs. */
export interface Host {
  readonly env?: Readonly<Record<string, string>>;
  /** What comes before the program: `ip netns exec …`. */
  readonly command?: readonly string[];
}

export class WorkerProcess {
  readonly child: ChildProcess;
  output = "";

  constructor(connection: string, queue: string, args: readonly string[], host: Host = {}, modules = MODULES) {
    const { env = {}, command = [] } = host;
    const [program = "", ...rest] = [
      ...command,
      process.execPath,
      ...nodeOptions,
      CLI,
      "worker",
      ...[...modules, "--queue", queue, ...args],
    ];
    this.child = spawn(program, rest, {
      env: { ...process.env, TSYNCIO_CLUSTER: connection, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
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
