/** Values that move to another thread instead of being copied. */

import type { Transferable } from "node:worker_threads";
import { describe } from "../base/describe.ts";
import { shared } from "./shared.ts";

/**
 * Marks an argument or a result of a job, so that the buffers and ports in `list` move with it and are not copied; they
 * can then not be used here any more. Returns the value itself:
 *
 *     const small = yield* toThread(resize, transfer(image, [image.data.buffer]));
 *     return transfer(pixels, [pixels.buffer]); // in a job
 *
 * Processes share no memory: there it is a copy all the same, and ports cannot be sent.
 *
 * @throws TypeError for what is no object, or if `list` is no array.
 */
export function transfer<T extends object>(value: T, list: readonly Transferable[]): T {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`transfer expects an object, got ${describe(value)}`);
  }
  if (!Array.isArray(list)) throw new TypeError(`transfer expects a list of what moves, got ${describe(list)}`);
  shared.transfers.set(value, list);
  return value;
}

const NONE: Transferable[] = [];

/** What moves with these values. Asked once: what has moved cannot move again. */
export function takeTransfers(values: readonly unknown[]): Transferable[] {
  let found = NONE;
  for (const value of values) {
    if (typeof value !== "object" || value === null) continue;
    const list = shared.transfers.get(value);
    if (list === undefined) continue;
    shared.transfers.delete(value);
    found = found.concat(list);
  }
  return found;
}
