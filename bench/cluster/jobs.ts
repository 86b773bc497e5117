/** The jobs of the workload `cluster`. */
import { blocking } from "tsyncio/executors";
import { addByHand, burnByHand } from "./work.ts";

export const add = blocking(import.meta, function add(a: number, b: number): number {
  return addByHand(a, b);
});

export const burn = blocking(import.meta, function burn(milliseconds: number): number {
  return burnByHand(milliseconds);
});
