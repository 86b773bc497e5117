/** How an outcome stands in the queue: readable in BullMQ's dashboards. */

import type { Outcome } from "../engine/engine.ts";

/** The reason of a failure: the error's name and message for people, and under that all of it. */
export function failedReason(text: string): string {
  let title = "Error";
  try {
    const { records, root } = JSON.parse(text) as { records: { name: string; message: string }[]; root: unknown };
    const record = typeof root === "number" ? records[root] : undefined;
    if (record !== undefined) title = `${record.name}: ${record.message}`.replace(/\s+/g, " ").slice(0, 500);
  } catch {
    // Not of this form: the title says less.
  }
  return `${title}\n${text}`;
}

export function outcomeOfFailure(reason: unknown): Outcome {
  const text = typeof reason === "string" ? reason : "";
  const at = text.indexOf("\n{");
  return at < 0 ? ["broken", `the job has failed in the queue: ${text.slice(0, 1000)}`] : ["error", text.slice(at + 1)];
}

export function outcomeOfValue(value: unknown): Outcome {
  return typeof value === "string" ? ["value", value] : ["broken", "its result was not made by a worker of tsyncio"];
}
