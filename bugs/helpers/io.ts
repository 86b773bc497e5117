/** What stands for the world outside. */

import { type Coroutine, RuntimeError, sleep } from "tsyncio";

/** Something outside of the program that takes about this many milliseconds: an answer, a disk, a user. */
export function io(milliseconds: number): Coroutine<void> {
  return sleep(milliseconds / 1000);
}

/** Long enough for all that still goes on to end. What is not done then never will be. */
export function quiet(): Coroutine<void> {
  return io(1000);
}

/** Throws an error that says `message` unless `condition` holds. */
export function check(condition: boolean, message: string): void {
  if (!condition) throw new RuntimeError(message);
}
