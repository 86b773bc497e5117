/** The servers as a context manager: they run as long as its block. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { fromPromise } from "tsyncio";
import { type ServerName, serverOf } from "./plan.ts";

export class Servers {
  private readonly seed: number;
  private readonly worker: Worker;

  constructor(seed: number) {
    this.seed = seed;
    this.worker = new Worker(new URL("./serverThread.ts", import.meta.url), { workerData: { seed } });
  }

  /** Returns a function: the URL of an item. */
  *aenter() {
    try {
      const [ports] = yield* fromPromise((signal) => once(this.worker, "message", { signal }));
      return (id: number) => {
        const name = serverOf(this.seed, id);
        return `http://127.0.0.1:${(ports as Record<ServerName, number>)[name]}/${name}/${id}`;
      };
    } catch (error) {
      yield* this.aexit();
      throw error;
    }
  }

  *aexit() {
    yield* fromPromise(this.worker.terminate());
  }
}
