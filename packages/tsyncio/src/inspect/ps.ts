/** The tasks as a table. */

import { Graph } from "./graph.ts";
import type { Place, ThreadData } from "./snapshot.ts";
import type { Kind } from "./tree.ts";
import { padEnd, widthOf } from "./width.ts";
import { cancellation, doing, waitedWords } from "./words.ts";

/** At most this many names, or frames, stand in a column. */
const NAMES = 3;
/** No column but the last is wider than this many characters. */
const WIDEST = 60;

const HEAD = ["TASK", "STATE", "WAITED", "WAITS FOR", "AWAITED BY", "STACK"];
/** Left out where it is not known of any task. */
const WAITED = HEAD.indexOf("WAITED");

export function psLines(thread: ThreadData, options: { paint?: (kind: Kind, text: string) => string } = {}): string[] {
  const paint = options.paint ?? ((_: Kind, text: string) => text);
  const graph = new Graph(thread);
  const awaitedBy = new Map<number, string[]>();
  for (const [parent, children] of graph.children) {
    for (const { id } of children) {
      const names = awaitedBy.get(id);
      const name = graph.tasks.get(parent)?.name ?? "";
      if (names === undefined) awaitedBy.set(id, [name]);
      else names.push(name);
    }
  }
  const rows = thread.tasks.map((task) => {
    const waits = doing(task, (id) => graph.tasks.get(id)?.name);
    const cancelled = cancellation(task);
    const state = cancelled === "" ? task.state : `${task.state}, ${cancelled}`;
    const frames = (thread.stacks[task.stack] ?? []).map(placeWithoutColumn);
    const stack = frames.length > NAMES ? [...frames.slice(0, NAMES), `… ${frames.length - NAMES} more`] : frames;
    const what = task.state === "waiting" ? waits.replace(/^waits for /, "") : "";
    return [task.name, state, waitedWords(task), what, few(awaitedBy.get(task.id) ?? []), stack.join(" < ")];
  });
  const head = [...HEAD];
  if (rows.every((row) => row[WAITED] === "")) for (const row of [head, ...rows]) row.splice(WAITED, 1);
  const widths = head.map((name, i) => {
    let widest = name.length;
    for (const row of rows) widest = Math.max(widest, Math.min(WIDEST, widthOf(row[i] ?? "")));
    return widest;
  });
  const line = (cells: readonly string[]): string[] =>
    cells.map((cell, i) => (i === cells.length - 1 ? cell : padEnd(cell, widths[i] as number)));
  return [
    paint("frame", line(head).join("  ")),
    ...rows.map((row) => {
      const [name, ...rest] = line(row) as [string, ...string[]];
      return [paint("name", name), ...rest].join("  ").trimEnd();
    }),
  ];
}

function few(names: readonly string[]): string {
  const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : "";
  return names.slice(0, NAMES).join(", ") + more;
}

function placeWithoutColumn({ name, file, line }: Place): string {
  return file === "" ? name : `${name} (${file}:${line})`;
}
