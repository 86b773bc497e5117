import type { Warning } from "../errors.ts";

/** A warning as terminals and editors read it: `file:line:column: …`. */
export function textOf(filename: string, { line, column, message }: Warning): string {
  return `${filename}:${line}:${column}: ${message}`;
}
