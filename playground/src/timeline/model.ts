/** What is known of the tasks of a run, as far as it has been told. No document is needed. */

import type { TaskEvent } from "../protocol.ts";

/** Which state a task is in: also the class of its bar. */
export type State = "ready" | "running" | "waiting" | "returned" | "failed" | "cancelled";

/** From `from` on, in seconds, up to the next one. */
export interface Span {
  readonly from: number;
  to: number | null;
  readonly state: State;
  /** What is waited for. */
  readonly text: string;
}

/** A moment that is worth a mark. */
export interface Mark {
  readonly at: number;
  readonly what: "cancel" | "returned" | "failed" | "cancelled";
  readonly text: string;
}

export class Row {
  name: string;
  readonly spans: Span[] = [];
  readonly marks: Mark[] = [];
  readonly began: number;
  /** The error of one that has failed. */
  error = "";

  constructor(name: string, began: number) {
    this.name = name;
    this.began = began;
  }

  get last(): Span | undefined {
    return this.spans.at(-1);
  }

  get state(): State {
    return this.last?.state ?? "ready";
  }
}

const DONE: ReadonlySet<string> = new Set(["returned", "failed", "cancelled"]);

export class Timeline {
  readonly rows = new Map<number, Row>();
  /** The time of the last event, in seconds. */
  end = 0;

  tell({ task, seconds, what, text }: TaskEvent): void {
    this.end = Math.max(this.end, seconds);
    if (what === "created") {
      const row = new Row(text, seconds);
      row.spans.push({ from: seconds, to: null, state: "ready", text: "" });
      this.rows.set(task, row);
      return;
    }
    const row = this.rows.get(task);
    if (row === undefined) return;
    switch (what) {
      case "named":
        row.name = text;
        return;
      case "runs":
        return begin(row, seconds, "running", "");
      case "waits":
        return begin(row, seconds, "waiting", text);
      case "ready":
        return begin(row, seconds, "ready", text);
      case "cancel":
        row.marks.push({ at: seconds, what, text });
        return;
      default:
        row.error = text;
        row.marks.push({ at: seconds, what, text });
        begin(row, seconds, what, text);
    }
  }

  /** Whether a task is still there. */
  get alive(): boolean {
    for (const row of this.rows.values()) if (!DONE.has(row.state)) return true;
    return false;
  }
}

function begin(row: Row, at: number, state: State, text: string): void {
  if (row.last !== undefined) row.last.to = at;
  row.spans.push({ from: at, to: null, state, text });
}
