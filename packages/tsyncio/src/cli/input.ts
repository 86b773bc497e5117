/** The file that a command reads. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { TargetError, UsageError } from "./errors.ts";

/** No file that `dump` or `record` writes has more bytes, and no string of the engine's could. */
const LARGEST = 500e6;
const CHUNK = 2 ** 20;

/**
 * Of a pipe too, as in `tsyncio ps <(zcat now.json.gz)`.
 *
 * @throws {UsageError} There is no such file.
 * @throws {TargetError} It cannot be read, or is too large.
 */
export function readText(path: string): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unreadable(path, (error as Error).message);
    throw new UsageError(`${JSON.stringify(path)} is neither a process ID nor a file`);
  }
  try {
    const parts: Buffer[] = [];
    let size = 0;
    checkSize(fstatSync(file).size);
    for (;;) {
      const part = Buffer.allocUnsafe(CHUNK);
      const length = readSync(file, part);
      if (length === 0) return Buffer.concat(parts).toString();
      parts.push(part.subarray(0, length));
      size += length;
      checkSize(size); // a pipe does not tell it before
    }
  } catch (error) {
    throw unreadable(path, (error as Error).message);
  } finally {
    closeSync(file);
  }
}

function checkSize(size: number): void {
  if (size > LARGEST) throw new Error(`it has more than ${LARGEST / 1e6} MB`);
}

export function unreadable(path: string, why: string): TargetError {
  return new TargetError(`${path} cannot be read: ${why}`);
}
