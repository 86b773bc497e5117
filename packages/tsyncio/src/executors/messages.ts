/** What a worker and its pool tell each other. */

import { deserialize, serialize } from "node:v8";
import type { EncodedError } from "./remoteError.ts";

/**
 * A job: its number, the number of its function, the arguments; with `many`, a list of arguments, for `map`. Until the
 * worker knows the function's number, its module and name follow.
 */
export type JobMessage = readonly [
  id: number,
  fn: number,
  args: readonly unknown[],
  many?: boolean,
  url?: string,
  name?: string,
];

/** How a job has ended: a simple value is sent as it is, for most of the time goes into sending. */
export type JobOutcome = Outcome | Simple;
export type Simple = string | number | boolean | bigint | null | undefined;

/** How a job or a call has ended. */
export type Outcome =
  | readonly [kind: typeof FAILED, error: EncodedError]
  | readonly [kind: typeof VALUE, value: unknown]
  /** Serialised: between processes. */
  | readonly [kind: typeof PACKED, bytes: Uint8Array]
  /** The value has gone its own way, as a message "result". */
  | readonly [kind: typeof POSTED];

export const FAILED = 0;
export const VALUE = 1;
export const PACKED = 2;
export const POSTED = 3;

export type ToPool =
  | readonly ["report", job: number, value: unknown]
  | readonly ["result", job: number, value: unknown]
  /** A function that is to run on the loop that the job was submitted from; "coroutine" wants a reply. */
  | readonly ["call", call: number, job: number, how: "soon" | "coroutine", url: string, name: string, args: unknown[]]
  | readonly ["cancel", call: number];

export type ToWorker = readonly ["reply", call: number, outcome: Outcome];

/** Between processes everything is bytes, so that what cannot be sent fails here and not in the channel. */
export function pack(value: unknown): Uint8Array {
  return serialize(value);
}

export function unpack<T>(value: T | Uint8Array): T {
  return value instanceof Uint8Array ? (deserialize(value) as T) : value;
}

/** True for what always arrives: no object, no function, no symbol. */
export function isSimple(value: unknown): value is Simple {
  switch (typeof value) {
    case "object":
      return value === null;
    case "function":
    case "symbol":
      return false;
    default:
      return true;
  }
}

/** The error instead of a value that cannot be sent. */
export function cannotSend(what: string, cause: unknown): TypeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TypeError(
    `${what} cannot be sent to another thread: ${reason} Values are copied as structuredClone does: functions, ` +
      "generators, and objects of the host do not go.",
    { cause },
  );
}
