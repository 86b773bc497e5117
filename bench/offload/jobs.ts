/** The small job of the workload, as each side wants it. */
import { blocking } from "tsyncio/executors";

export const add = blocking(import.meta, function add(a: number, b: number): number {
  return a + b;
});
