"use tsyncio";

/**
 * Items that are futures. TypeScript 5.9 takes the items of any async iterator for awaited: it does not check this
 * file.
 */

import { asCompleted, type Future, type Task } from "tsyncio";
import { check, type Equal } from "../equal.ts";

export async function futures(tasks: Task<number>[]) {
  for await (const future of asCompleted(tasks)) {
    check<Equal<typeof future, Future<number>>>();
    if (future.cancelled()) break;
  }
}
