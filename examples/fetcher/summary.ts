/** What is printed at the end. */

import { styleText } from "node:util";
import type { Journal } from "./journal.ts";
import type { Options } from "./options.ts";
import { legend, type Mark, timeline } from "./timeline.ts";

const colours: Partial<Record<Mark, Parameters<typeof styleText>[0]>> = {
  even: "green",
  odd: "cyan",
  failed: "red",
  "timed out": "yellow",
  cancelled: "magenta",
  pause: "gray",
};

/** The lines of the summary. `interrupted`: the run did not come to its end. */
export function summary(journal: Journal, options: Options, interrupted: boolean, out: NodeJS.WriteStream): string[] {
  const { fetches } = journal;
  const begin = Math.min(...fetches.map((fetch) => fetch.begin));
  const end = Math.max(...fetches.map((fetch) => fetch.end));
  const head = interrupted ? [interruption(journal, options.urls), ""] : [];
  if (fetches.length === 0) return head;
  const paint = (text: string, mark: Mark) => styleText(colours[mark] ?? "white", text, { stream: out });
  return [
    ...head,
    ...times(journal, end - begin, out),
    "",
    ...outcomes(journal),
    "",
    "Which fetch ran when: a row for each of the places that can be taken at a time, or for some of them.",
    ...timeline(fetches, { width: widthOf(out), begin, end, paint }),
    ...wrap(legend, widthOf(out)),
  ];
}

function interruption(journal: Journal, urls: number): string {
  const cancelled = journal.count("cancelled");
  const waiting = urls - journal.done - cancelled;
  return `Interrupted: ${journal.done} of ${urls} done, ${cancelled} cancelled on the way, ${waiting} not begun.`;
}

/** The answer: how long it would have taken one after the other, and how long it did take. */
function times(journal: Journal, concurrent: number, out: NodeJS.WriteStream): string[] {
  const sequential = journal.fetches.reduce((sum, fetch) => sum + (fetch.end - fetch.begin), 0);
  const ratio = styleText("bold", `${(sequential / concurrent).toFixed(1)} times as fast`, { stream: out });
  return [
    `  one after the other ${sequential.toFixed(2).padStart(8)} s   (the time of every fetch, added up)`,
    `  concurrently        ${concurrent.toFixed(2).padStart(8)} s   ${ratio}`,
  ];
}

function outcomes(journal: Journal): string[] {
  const requests = journal.fetches.reduce((sum, fetch) => sum + fetch.tries.length, 0);
  const reasons = new Map<string, number>();
  for (const { reason } of journal.fetches) if (reason !== "") reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const why = [...reasons].map(([reason, count]) => `${count} × ${reason}`).join(", ");
  return [
    `  ok        ${pad(journal.count("ok"))}   ${journal.retried} of them only when retried`,
    `  failed    ${pad(journal.count("failed"))}   ${why}`.trimEnd(),
    `  timed out ${pad(journal.count("timed out"))}`,
    `  requests  ${pad(requests)}`,
  ];
}

function pad(count: number): string {
  return String(count).padStart(5);
}

function widthOf(out: NodeJS.WriteStream): number {
  return out.columns ?? (Number(process.env.COLUMNS) || 80);
}

/** The parts on as few lines as they need. */
function wrap(parts: string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = `${last}   ${part}`;
    if (last !== undefined && joined.length < width) lines[lines.length - 1] = joined;
    else lines.push(`      ${part}`);
  }
  return lines;
}
