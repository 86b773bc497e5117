/** Arguments of the wrong type. */

import { describe } from "./describe.ts";
import { LEAN } from "./lean.ts";

/** Throws `TypeError`: "`expected`, got …". The lean build leaves these checks to the compiler. */
export function checkType(value: unknown, type: "function" | "number", expected: string): void {
  if (!LEAN && typeof value !== type) throw new TypeError(`${expected}, got ${describe(value)}`);
}

export function checkFunctionOrNull(value: unknown, expected: string): void {
  if (!LEAN && value !== null) checkType(value, "function", expected);
}
