/** The file that a command writes. */

import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { undoAtEnd } from "./ending.ts";
import { TargetError, UsageError } from "./errors.ts";

/** Only its owner can read it: names and places of a program are not for others. */
const MODE = 0o600;

/**
 * Opened before a process is looked into, so that a path that is wrong is told at once. What was in the file stays in
 * it until there is something to write.
 */
export class OutputFile {
  readonly path: string;
  /** How many bytes were written. */
  bytes = 0;
  private readonly file: number;
  private readonly isNew: boolean;
  private readonly forget: () => void;

  /** @throws {UsageError} It cannot be opened. */
  constructor(path: string) {
    this.path = path;
    this.isNew = !existsSync(path);
    try {
      this.file = openSync(path, constants.O_WRONLY | constants.O_CREAT, MODE);
    } catch (error) {
      throw new UsageError(`${JSON.stringify(path)} cannot be written: ${(error as Error).message}`);
    }
    this.forget = undoAtEnd(() => this.close());
  }

  /** @throws {TargetError} There is no room, for example. */
  write(data: Uint8Array | string): void {
    try {
      if (this.bytes === 0) this.empty();
      writeFileSync(this.file, data); // all of it
      this.bytes += Buffer.byteLength(data);
    } catch (error) {
      throw new TargetError(`${JSON.stringify(this.path)} cannot be written: ${(error as Error).message}`);
    }
  }

  /** A file that was not there before, and into which nothing was written, goes. */
  close(): void {
    this.forget();
    closeSync(this.file);
    if (this.isNew && this.bytes === 0) unlinkSync(this.path);
  }

  private empty(): void {
    // Not a pipe, as /dev/stdout may be.
    if (!fstatSync(this.file).isFile()) return;
    ftruncateSync(this.file);
    fchmodSync(this.file, MODE);
  }
}
