/** What a worker and its pool tell each other. */

import { deserialize, serialize } from "node:v8";
import type { EncodedError } from "./remoteError.ts";

/**
 * A job: its number, its turn in its thread (see threadSlot), the number of its function, the arguments; with `many`, a
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

/** The turn of a job that cannot be taken back. */
export const NO_TURN = -1;

/** How a job or a call has ended. */
export type Outcome =
  | readonly [kind: typeof FAILED, error: EncodedError]
  | readonly [kind: typeof VALUE, value: unknown]
  /** Serialised: between processes. */
  | readonly [kind: typeof PACKED, bytes: Uint8Array | string];

export const FAILED = 0;
export const VALUE = 1;
export const PACKED = 2;

/** Also a job's outcome, from a thread: with the number of the job. */
export type ToPool =
  | readonly ["done", job: number, outcome: Outcome]
  | readonly ["value", job: number, value: unknown]
  | readonly ["report", job: number, value: unknown]
  /** A function that is to run on the loop that the job was submitted from; "coroutine" wants a reply. */
  | readonly ["call", call: number, job: number, how: "soon" | "coroutine", url: string, name: string, args: unknown[]]
  | readonly ["cancel", call: number];

export type ToWorker = readonly ["reply", call: number, outcome: Outcome];

/** Between processes everything is bytes, so that what cannot be sent fails here and not in the channel. */
export function pack(value: unknown): Uint8Array | string {
  const bytes = serialize(value);
  return textOnly() ? bytes.toString("base64") : bytes;
}

export function unpack<T>(value: T | Uint8Array | string): T {
  // A copy: Deno reads an array from the wrong place if the buffer is a part of a greater one.
  if (typeof value === "string") return deserialize(new Uint8Array(Buffer.from(value, "base64"))) as T;
  return value instanceof Uint8Array ? (deserialize(value) as T) : value;
}

/**
 * The pool library sends a port along with its messages, though a process can have none. Node's channel lets that pass;
 * Bun's and Deno's do with JSON only, and bytes go as text.
 */
export function textOnly(): boolean {
  return process.versions.bun !== undefined || process.versions.deno !== undefined;
}

/** A message between processes that is not packed yet. */
export function wrap<T>(message: T): T | Wrapped {
  return textOnly() ? [WRAPPED, pack(message)] : message;
}

export function unwrap<T>(message: T | Wrapped): T {
  return Array.isArray(message) && message[0] === WRAPPED ? unpack<T>(message[1]) : (message as T);
}

const WRAPPED = "wrapped";
type Wrapped = readonly [typeof WRAPPED, Uint8Array | string];

/** The error instead of a value that cannot be sent. */
export function cannotSend(what: string, cause: unknown): TypeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TypeError(
    `${what} cannot be sent to another thread: ${reason} Values are copied as structuredClone does: functions, ` +
      "generators, and objects of the host do not go.",
    { cause },
  );
}
