/** The programs that hang, of programs/hangs.ts and native/programs/hangs.ts. */

import { readFileSync } from "node:fs";

/** What a report must tell of each, besides the line at fault. */
export const TELLS: Record<string, RegExp> = {
  lockOrder: /in a circle: Task-\d+ → Task-\d+ → Task-\d+/,
  emptyQueue: /the queue is empty, and no task waits to put something into it/,
  lostWakeUp: /no task is known that will call notify\(\)/,
  insideLock: /held by Task-\d+[\s\S]*get from/,
  blockedLoop: /busy: the thread runs parse/,
  forgottenTaskDone: /items have been taken out of the queue without taskDone\(\)/,
  exhaustedPermits: /held by Task-\d+, Task-\d+\n[\s\S]*waits for what it holds itself/,
  insidePermit: /Task-\d+ cannot go on before that: if it has to do it, they wait for each other/,
  pool: /worker 1[\s\S]*busy: the thread runs spin/,
  shutdown: /the end of <Server .*clients=1>/,
  promise: /the promise has not settled/,
};

/** The number of the line of the program that has a mark for it. */
export function lineAtFault(program: string, name: string): number {
  const lines = readFileSync(program, "utf8").split("\n");
  const line = lines.findIndex((text) => text.endsWith(`// AT FAULT: ${name}`)) + 1;
  if (line === 0) throw new Error(`no line of ${program} is marked as at fault in ${name}`);
  return line;
}
