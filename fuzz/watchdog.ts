/** A thread that ends the process when its main thread is blocked: no timer of that thread would ever fire. */

import { Worker } from "node:worker_threads";

/** Seconds without a beat. A loaded machine may keep a healthy thread waiting for some of them. */
const PATIENCE = 60;
const BEATS_A_SECOND = 2;

/** Plain JavaScript: a worker made of text needs no loader. */
const WATCH = `
const { workerData: { state, name, patience } } = require("node:worker_threads");
const { writeSync } = require("node:fs");
let last = -1n, silent = 0;
setInterval(() => {
  const beats = Atomics.load(state, 0);
  silent = beats === last ? silent + 1 : 0;
  last = beats;
  if (silent < patience) return;
  writeSync(1, "FINDING the thread has been blocked for " + patience + " s: no timer fires any more\\n" +
    "  again: npm run fuzz -- " + name + " --seed " + Atomics.load(state, 1) + " --count 1\\n");
  process.kill(process.pid, "SIGKILL");
}, 1000);
`;

export interface Watchdog {
  /** Notes the seed that is shown if the thread is blocked from now on. */
  readonly begin: (seed: number) => void;
  stop(): void;
}

export function startWatchdog(name: string): Watchdog {
  const state = new BigInt64Array(new SharedArrayBuffer(16));
  const worker = new Worker(WATCH, { eval: true, workerData: { state, name, patience: PATIENCE } });
  worker.unref();
  const beat = setInterval(() => void Atomics.add(state, 0, 1n), 1000 / BEATS_A_SECOND);
  beat.unref();
  return {
    begin: (seed) => void Atomics.store(state, 1, BigInt(seed)),
    stop() {
      clearInterval(beat);
      void worker.terminate();
    },
  };
}
