/** What a worker and its pool tell each other. */

import type { EncodedError } from "./remoteError.ts";

/**
 * A job: its number, its turn in its worker (see turns.ts), the number of its function, the arguments; with `many`, a
 * list of arguments, for `map`. Until the worker knows the function's number, its module and name follow.
 */
export type JobMessage = readonly [
  id: number,
  turn: number,
  fn: number,
  args: readonly unknown[],
  many?: boolean,
  url?: string,
  name?: string,
];

/** The pool's initializer: its module, its name, its arguments. */
export type Initializer = readonly [url: string, name: string, args: readonly unknown[]];

/** The first message to a worker. */
export type SetupMessage = readonly ["setup", initializer: Initializer | null];

/** The outcome of a call on the main loop. */
export type Reply = readonly ["reply", call: number, outcome: Outcome];

export type ToWorker = SetupMessage | JobMessage | Reply;

/** How a job or a call has ended. */
export type Outcome =
  | readonly [kind: typeof FAILED, error: EncodedError]
  | readonly [kind: typeof VALUE, value: unknown];

export const FAILED = 0;
export const VALUE = 1;

/** With the number of the job, or of the call. */
export type ToPool =
  /** `setup` has ended. */
  | readonly ["ready", outcome: Outcome]
  /** From a process: the job of this turn begins. */
  | readonly ["begun", turn: number]
  | readonly ["failed", job: number, error: EncodedError]
  | readonly ["value", job: number, value: unknown]
  | readonly ["report", job: number, value: unknown]
  /** A function that is to run on the loop that the job was submitted from; "coroutine" wants a reply. */
  | readonly ["call", call: number, job: number, how: "soon" | "coroutine", url: string, name: string, args: unknown[]]
  | readonly ["cancel", call: number];

/** True for what has the form of a message of a worker. */
export function isToPool(message: unknown): message is ToPool {
  if (!Array.isArray(message)) return false;
  const [kind, first, second, how, url, name, args] = message as readonly unknown[];
  switch (kind) {
    case "ready":
      return Array.isArray(first) && (first[0] === VALUE || first[0] === FAILED);
    case "call":
      return (
        typeof first === "number" &&
        typeof second === "number" &&
        (how === "soon" || how === "coroutine") &&
        typeof url === "string" &&
        typeof name === "string" &&
        Array.isArray(args)
      );
    case "begun":
    case "failed":
    case "value":
    case "report":
    case "cancel":
      return typeof first === "number";
    default:
      return false;
  }
}
