/** Arguments of the wrong type. */

import { describe } from "./describe.ts";

/** Throws `TypeError`: "`expected`, got …". */
export function checkType(value: unknown, type: "function" | "number", expected: string): void {
  if (typeof value !== type) throw new TypeError(`${expected}, got ${describe(value)}`);
}

export function checkFunctionOrNull(value: unknown, expected: string): void {
  if (value !== null) checkType(value, "function", expected);
}
