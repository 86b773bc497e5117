/** What the methods of readers, writers and transports accept. */

import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";

/** The separators, the shortest first. */
export function separatorsOf(separator: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  const separators = Array.isArray(separator) ? [...separator] : [separator as Uint8Array];
  for (const bytes of separators) checkBytes(bytes, "readUntil");
  separators.sort((a, b) => a.length - b.length);
  const [shortest] = separators;
  if (shortest === undefined) throw new ValueError("Separator should contain at least one element");
  if (shortest.length === 0) throw new ValueError("Separator should be at least one-byte string");
  return separators;
}

export function checkCount(n: unknown, method: string): void {
  if (!Number.isInteger(n)) throw new TypeError(`${method} expects a whole number of bytes, got ${describe(n)}`);
}

/** Throws `TypeError` for anything but bytes, text among it. */
export function checkBytes(value: unknown, method: string): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw notBytes(value, method);
}

function notBytes(value: unknown, method: string): TypeError {
  const hint = typeof value === "string" ? " For text use new TextEncoder().encode(text)." : "";
  return new TypeError(`${method} expects a Uint8Array, got ${describe(value)}.${hint}`);
}
