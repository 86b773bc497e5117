/** A task in words. */

import type { Place, TaskData, ThreadData, Via } from "./snapshot.ts";

/** At most this many names stand in one line. */
const NAMES = 5;

/** `text, held by a`, or `text: a, b, c`. */
export function waitWords(text: string, names: readonly string[], via: Via): string {
  return names.length === 0 || via === "task"
    ? text
    : `${text}${via === "hold" ? ", held by " : ": "}${namesWords(names)}`;
}

export function namesWords(names: readonly string[]): string {
  const more = names.length > NAMES ? `, and ${names.length - NAMES} more` : "";
  return names.slice(0, NAMES).join(", ") + more;
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

/** For how long the task has been waiting: `3.2 s`, `> 3.2 s` if it may be longer, empty if that is not known. */
export function waitedWords({ state, waited, longer }: TaskData): string {
  return state === "waiting" ? secondsWords(waited, longer) : "";
}

export function secondsWords(seconds: number | undefined, longer?: true): string {
  return seconds === undefined ? "" : `${longer ? "> " : ""}${seconds.toFixed(1)} s`;
}

/** How to learn what is not known of the tasks; empty if all is. */
export function unknownWords(thread: ThreadData): string {
  const noTime = thread.tasks.some((task) => task.state === "waiting" && task.waited === undefined);
  const noName = thread.tasks.some((task) => task.cancelling > 0 && task.cancelledBy === undefined);
  if (!noTime && !noName) return "";
  const since = "Since when tasks wait";
  const by = "y which task they were cancelled";
  const what = noTime && noName ? `${since} and b${by} are` : `${noTime ? since : `B${by}`} is`;
  return `${what} noted in debug mode (TSYNCIO_DEBUG=1), and by tsyncio record while it runs.`;
}

/** Whether it was asked to cancel, by which task, and with what message; empty if not. */
export function cancellation(task: TaskData): string {
  if (task.cancelling === 0) return "";
  const times = task.cancelling === 1 ? "" : ` ${task.cancelling} times`;
  const by = task.cancelledBy === undefined ? "" : ` by ${task.cancelledBy}`;
  const message = task.cancelMessage === undefined ? "" : ` (${JSON.stringify(task.cancelMessage)})`;
  return `cancelled${times}${by}${message}`;
}

/** `main (/app/main.ts:12:3)`. A place without a file stands for frames that were not read. */
export function placeWords({ name, file, line, column }: Place): string {
  return file === "" ? name : `${name} (${file}:${line}:${column})`;
}

/** How many of a long list are shown at each end. */
const AT_ENDS = 20;

/** All if they are few; else the first and the last, with the words for those between. */
export function bothEnds<T, U>(all: readonly T[], show: (one: T) => U, between: (left: number) => U): U[] {
  const left = all.length - 2 * AT_ENDS;
  if (left <= 1) return all.map(show);
  return [...all.slice(0, AT_ENDS).map(show), between(left), ...all.slice(-AT_ENDS).map(show)];
}
