/** An uncaught error, as a text for people to read: the same on every platform. */

import { describe } from "../base/describe.ts";
import { userLines } from "./stack.ts";

/** Class and message, the frames that are the user's, what else was set; then its cause, and the members of a group. */
export function errorText(error: unknown, seen = new Set<unknown>()): string {
  if (!(error instanceof Error)) return describe(error);
  const lines = [String(error)];
  // A circle of causes ends with the name of one that has been shown.
  if (!seen.has(error)) {
    seen.add(error);
    const { cause, errors } = error as AggregateError;
    for (const line of userLines(error)) lines.push(`    ${line.trim()}`);
    for (const [key, value] of Object.entries(error)) {
      if (!SHOWN.has(key)) lines.push(`    ${key}: ${describe(value)}`);
    }
    const inner = (text: string, of: unknown) => lines.push(`  ${text}${errorText(of, seen).replaceAll("\n", "\n  ")}`);
    if (cause !== undefined) inner("caused by ", cause);
    if (Array.isArray(errors)) for (const member of errors) inner("- ", member);
  }
  return lines.join("\n");
}

/** What stands in the text anyway. */
const SHOWN = new Set(["name", "message", "stack", "cause", "errors"]);
