/** The report when nothing can ever wake a loop. */

import { DeadlockError } from "../base/errors.ts";
import { treeLines } from "../inspect/tree.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { lookAt } from "./look.ts";

/** At most this many tasks are shown; a server may have a million. */
const SHOWN = 100;

/** Names every task of the loop, what it waits for, its stack, and the circle of waits if there is one. */
export function deadlockError(loop: EventLoop): DeadlockError {
  const thread = lookAt(loop);
  const { length } = thread.tasks;
  const count = `${length} task${length === 1 ? "" : "s"}`;
  const tree = treeLines(thread, { frames: true, limit: SHOWN }).map((line) => `  ${line}`);
  const error = new DeadlockError(
    [`nothing can wake the event loop any more: ${count} waiting forever`, ...tree].join("\n"),
  );
  error.stack = String(error); // the stacks that matter are in the message
  return error;
}
