/** The tasks of a loop as a tree: which awaits which, where, and what each waits for. */

import { checkLoop, checkOptions } from "../base/checks.ts";
import { treeLines } from "../inspect/tree.ts";
import { currentLoop } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { lookAt } from "./look.ts";

/**
 * The tasks that are not done, each under the one that awaits it:
 *
 *     Task-1 main(): waits for gather of 2, 2 not done, at main (/app/main.ts:12)
 *     ├── Task-2 fetch(): waits for sleep(1), at fetch (/app/main.ts:5)
 *     └── Task-3 fetch(): waits for acquire of <Lock [locked, waiters:1]>, held by Task-2, at fetch (/app/main.ts:4)
 *
 * A task that several await appears once in full. Not in asyncio, whose `python -m asyncio pstree` this resembles.
 */
export function formatTaskTree(loop: EventLoop = currentLoop()): string {
  checkLoop(loop, "formatTaskTree expects an event loop");
  return treeLines(lookAt(loop)).join("\n");
}

/** Writes the tasks of the loop as a tree to `file`, a function that defaults to `console.log`. */
export function printTaskTree(loop?: EventLoop, options: { file?: (text: string) => void } = {}): void {
  checkOptions("printTaskTree", options, { file: true });
  (options.file ?? console.log)(formatTaskTree(loop));
}
