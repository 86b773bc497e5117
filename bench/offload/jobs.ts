/** The small job for tsyncio. */
import { blocking } from "tsyncio/executors";

export const add = blocking(import.meta, function add(a: number, b: number): number {
  return a + b;
});
