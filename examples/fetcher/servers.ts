"use tsyncio";
/** The servers, for `await using`: they run as long as its block. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { taskSignal } from "tsyncio";
import { type ServerName, serverOf } from "./plan.ts";

export class Servers {
  private readonly seed: number;
  private readonly worker: Worker;
  private ports: Readonly<Record<ServerName, number>> | null = null;

  private constructor(seed: number) {
    this.seed = seed;
    this.worker = new Worker(new URL("./serverThread.ts", import.meta.url), { workerData: { seed } });
  }

  static async start(seed: number): Promise<Servers> {
    const servers = new Servers(seed);
    try {
      [servers.ports] = await once(servers.worker, "message", { signal: taskSignal() });
      return servers;
    } catch (error) {
      await servers.worker.terminate();
      throw error; // also a cancellation: a handler that always throws again is entered by it
    }
  }

  /** The URL of an item. */
  urlOf(id: number): string {
    const name = serverOf(this.seed, id);
    return `http://127.0.0.1:${this.ports?.[name]}/${name}/${id}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.terminate();
  }
}
