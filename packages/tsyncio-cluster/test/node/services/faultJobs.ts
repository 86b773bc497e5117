/** Jobs for the tests of faults: each run leaves a line in a file, and those of `execute` the process too. */

import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { blocking } from "tsyncio/executors";

export const record = blocking(
  import.meta,
  async function record(file: string, n: number, ms: number): Promise<number> {
    appendFileSync(file, `${n}\n`);
    await delay(ms);
    return n * 2;
  },
);

export const execute = blocking(
  import.meta,
  async function execute(file: string, n: number, ms: number): Promise<number> {
    appendFileSync(file, `${n} ${process.pid}\n`);
    await delay(ms);
    return n * 2;
  },
);

export const take = blocking(import.meta, function take(_text: string): void {});
