/** Why there is nothing to be seen in a thread, or in a process. */

import { TargetError } from "../errors.ts";
import { nodesBelow } from "./proc.ts";

interface AnyKernel {
  readonly diagnostics: Readonly<Record<string, unknown>> | null;
}

/**
 * Runs in a thread of the process, and so names nothing that stands outside of it. Returns "" if tsyncio has the method
 * there.
 */
export function refusal(method: "addInstrument" | "lookAtThread"): string {
  const kernel = (globalThis as unknown as Record<symbol, AnyKernel | undefined>)[Symbol.for("tsyncio")];
  if (kernel === undefined) return "no tsyncio";
  if (kernel.diagnostics === null) return "no diagnostics";
  return typeof kernel.diagnostics[method] === "function" ? "" : "older";
}

/** What `refusal` returns, in words. */
const REFUSALS: Record<string, string> = {
  "no tsyncio": "does not run tsyncio, or has not loaded it yet",
  "no diagnostics": "runs tsyncio from the production entry, which has no diagnostics",
  older: "runs an older version of tsyncio, which cannot be looked into",
};

export function isRefusal(answer: string): boolean {
  return Object.hasOwn(REFUSALS, answer);
}

/** For the user: a process may only have started the one that is meant, such as that of npm. */
export function refusalOf(pid: number, answer: string): TargetError {
  const below = nodesBelow(pid);
  const hint = below.length === 0 ? "" : `. It has started other processes of Node: ${below.join(", ")}`;
  return new TargetError(`process ${pid} ${REFUSALS[answer] ?? answer}${hint}`);
}
