/** A task in words. */

import type { Place, TaskData, Via } from "./snapshot.ts";

/** At most this many names stand in one line. */
const NAMES = 5;

/** `text, held by a`, or `text: a, b, c`. */
export function waitWords(text: string, names: readonly string[], via: Via): string {
  if (names.length === 0 || via === "task") return text;
  const more = names.length > NAMES ? `, and ${names.length - NAMES} more` : "";
  return `${text}${via === "hold" ? ", held by " : ": "}${names.slice(0, NAMES).join(", ")}${more}`;
}

/** What the task does: `waits for sleep(1)`. */
export function doing(task: TaskData, nameOf: (id: number) => string | undefined): string {
  switch (task.state) {
    case "new":
      return "has not begun";
    case "running":
      return "runs now";
    case "ready":
      return task.waitsFor === null ? "waits for its next turn" : "is about to go on";
    case "waiting": {
      const names = task.on.map(nameOf).filter((name) => name !== undefined);
      return `waits for ${waitWords(task.waitsFor ?? "", names, task.via)}`;
    }
  }
}

/** Whether it was asked to cancel, by which task, and with what message; empty if not. */
export function cancellation(task: TaskData): string {
  if (task.cancelling === 0) return "";
  const times = task.cancelling === 1 ? "" : ` ${task.cancelling} times`;
  const by = task.cancelledBy === undefined ? "" : ` by ${task.cancelledBy}`;
  const message = task.cancelMessage === undefined ? "" : ` (${JSON.stringify(task.cancelMessage)})`;
  return `cancelled${times}${by}${message}`;
}

/** `main (/app/main.ts:12:3)`. */
export function placeWords({ name, file, line, column }: Place): string {
  return `${name} (${file}:${line}:${column})`;
}
