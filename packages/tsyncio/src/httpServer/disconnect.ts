/** Clients that leave before they have their answer. */

import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";

/**
 * Which requests are cancelled when their client leaves: those of methods that change nothing (GET, HEAD, OPTIONS),
 * all, or none. Half of a POST is worse than one that is done and that no client hears of.
 */
export type CancelOnDisconnect = "safe" | boolean;

/** The message of the cancellation. */
export const DISCONNECTED = "the client has disconnected";

export function checkCancelOnDisconnect(value: unknown): asserts value is CancelOnDisconnect {
  if (value === "safe" || typeof value === "boolean") return;
  throw new ValueError(`cancelOnDisconnect must be "safe", true or false, got ${describe(value)}`);
}

export function cancels(which: CancelOnDisconnect, method: string | undefined): boolean {
  return which === "safe" ? method === "GET" || method === "HEAD" || method === "OPTIONS" : which;
}
