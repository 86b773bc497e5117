"use tsyncio";
/** A line that tells how far things are. On a terminal it is rewritten; elsewhere there is one now and then. */

import { sleep } from "tsyncio";
import type { Journal } from "./journal.ts";

/** Runs until it is cancelled. */
export async function showProgress(journal: Journal, total: number, out: NodeJS.WriteStream): Promise<void> {
  try {
    for (;;) {
      out.write(
        out.isTTY ? `\r${progressLine(journal, total, out.columns)}\x1b[K` : `${progressLine(journal, total)}\n`,
      );
      await sleep(out.isTTY ? 0.05 : 1);
    }
  } finally {
    if (out.isTTY) out.write("\r\x1b[K");
  }
}

const BAR = 24;

export function progressLine(journal: Journal, total: number, width = 80): string {
  const { done } = journal;
  const full = Math.round((BAR * done) / total);
  const counts = [
    `${done}/${total} done`,
    `${journal.count("running")} running`,
    `${journal.retried} retried`,
    `${journal.count("failed") + journal.count("timed out")} lost`,
    `${journal.elapsed().toFixed(1)} s`,
  ].join(", ");
  // A line that wraps could not be rewritten.
  return `${"█".repeat(full)}${"░".repeat(BAR - full)} ${counts}`.slice(0, width - 1);
}
