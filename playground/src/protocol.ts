/**
 * What the page and the worker say to each other. All that comes from the worker is checked: the program runs there,
 * and could have made it up.
 */

import * as v from "valibot";

/** Told to a worker once: what to run, and how. */
export interface Order {
  /** `race` runs the program in many orders, until one fails. */
  readonly mode: Mode;
  readonly clock: Clock;
  readonly code: string;
}

export type Mode = "run" | "race";

export const CLOCKS = ["real", "virtual"] as const;
export type Clock = (typeof CLOCKS)[number];

/** How many characters a text of the worker's has at most: it cuts longer ones. */
export const TEXT_LIMIT = 20_000;
/** How many steps of a failing order are told at most. */
export const STEPS_LIMIT = 100;

const text = v.pipe(v.string(), v.maxLength(TEXT_LIMIT));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const seconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const line = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)));

const taskEvent = v.object({
  type: v.literal("task"),
  /** The number of the task, from 1. */
  task: count,
  /** Since the first event. */
  seconds,
  what: v.picklist(["created", "named", "runs", "waits", "ready", "cancel", "returned", "failed", "cancelled"]),
  /**
   * Of `created` and `named` the name, of `waits` what for, of `ready` and `cancel` which task did it, of `failed` the
   * error.
   */
  text,
});

const step = v.object({
  seconds,
  task: text,
  what: text,
  /** Would not have happened by default. */
  deviates: v.boolean(),
  /** How many steps before this one are left out. */
  leftOut: count,
});

const told = v.variant("type", [
  v.object({ type: v.literal("output"), level: v.picklist(["log", "warn", "error"]), text, line }),
  taskEvent,
  v.object({ type: v.literal("progress"), schedules: count, seconds }),
  v.object({
    type: v.literal("race"),
    found: v.boolean(),
    /** What `explore` says. */
    report: text,
    steps: v.pipe(v.array(step), v.maxLength(STEPS_LIMIT)),
  }),
  /** In real time: nothing is ready, and no timer is set. */
  v.object({ type: v.literal("stuck") }),
  /**
   * The module has run to its end, and so has each `run()` that it called; or it has thrown, or could not be compiled.
   */
  v.object({ type: v.literal("finished"), outcome: v.picklist(["ended", "failed", "refused"]) }),
]);

export type Told = v.InferOutput<typeof told>;
export type TaskEvent = v.InferOutput<typeof taskEvent>;
export type Step = v.InferOutput<typeof step>;
export type Outcome = Extract<Told, { type: "finished" }>["outcome"];
export type Level = Extract<Told, { type: "output" }>["level"];

/** Null for what is no message of ours. */
export function readTold(message: unknown): Told | null {
  const read = v.safeParse(told, message);
  return read.success ? read.output : null;
}
