/** What the workers of the pools load. tinypool calls `setup` once, and `job` for each job. */

import type { MessagePort } from "node:worker_threads";
import { startReplies } from "./mainLoop.ts";
import { FAILED, type JobMessage, type JobOutcome, type Outcome, unpack, VALUE } from "./messages.ts";
import { encodeError } from "./remoteError.ts";
import { shared } from "./shared.ts";
import { PortLink, ProcessLink } from "./workerLinks.ts";
import { WorkerSide } from "./workerSide.ts";

/** The way to the pool (none between processes), and the initializer: its module, its name, its arguments. */
export interface SetupMessage {
  readonly port: { readonly port: MessagePort; readonly signal: Int32Array } | null;
  readonly initializer: readonly [url: string, name: string, args: readonly unknown[]] | null;
}

export async function setup(packed: SetupMessage | Uint8Array): Promise<Outcome> {
  try {
    const { port, initializer } = unpack(packed);
    const link = port === null ? new ProcessLink() : new PortLink(port.port, port.signal);
    const worker = new WorkerSide(link, port !== null);
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

export function job(packed: JobMessage | Uint8Array): JobOutcome | Promise<JobOutcome> {
  return (shared.worker as WorkerSide).run(unpack(packed));
}
