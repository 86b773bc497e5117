/** What a worker and its pool tell each other. */

import { deserialize, serialize } from "node:v8";
import { type EncodedError, textOf } from "./remoteError.ts";
import type { SetupMessage } from "./workerSide.ts";

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
  | readonly [kind: typeof VALUE, value: unknown];

export const FAILED = 0;
export const VALUE = 1;

/** With the number of the job, or of the call. */
export type ToPool =
  /** From a process: `setup` has ended. */
  | readonly ["ready", outcome: Outcome]
  /** From a process: the job begins. */
  | readonly ["begun", job: number]
  | readonly ["failed", job: number, error: EncodedError]
  | readonly ["value", job: number, value: unknown]
  | readonly ["report", job: number, value: unknown]
  /** A function that is to run on the loop that the job was submitted from; "coroutine" wants a reply. */
  | readonly ["call", call: number, job: number, how: "soon" | "coroutine", url: string, name: string, args: unknown[]]
  | readonly ["cancel", call: number];

export type Reply = readonly ["reply", call: number, outcome: Outcome];

/** To a process. A thread has ports for each of these. */
export type ToProcess = readonly ["setup", SetupMessage] | readonly ["job", JobMessage] | Reply;

/** Between processes everything is bytes, so that what cannot be sent, or read, fails here and not in the channel. */
export function pack(message: ToPool | ToProcess): Uint8Array | string {
  const bytes = serialize(message);
  return textOnly() ? bytes.toString("base64") : bytes;
}

export function unpack(packed: unknown): unknown {
  // A copy: Deno reads an array from the wrong place if the buffer is a part of a greater one.
  if (typeof packed === "string") return deserialize(new Uint8Array(Buffer.from(packed, "base64")));
  if (packed instanceof Uint8Array) return deserialize(packed);
  throw new TypeError("no message of a pool");
}

/** Throws for what is no message of a worker: all code in a process can send to its parent. */
export function readMessage(packed: unknown): ToPool {
  const message = unpack(packed);
  if (Array.isArray(message) && isToPool(message)) return message as unknown as ToPool;
  throw new TypeError("no message of a worker");
}

function isToPool([kind, first, second, how, url, name, args]: readonly unknown[]): boolean {
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

/** Whether the channel between processes takes JSON only: that of Bun and Deno does. */
export function textOnly(): boolean {
  return process.versions.bun !== undefined || process.versions.deno !== undefined;
}

/** What a thread gets when it is sent the value. Throws if it cannot be sent. */
export function copyForThread(value: unknown): unknown {
  return structuredClone(value);
}

/** What a process gets when it is sent the value. Throws if it cannot be sent. */
export function copyForProcess(value: unknown): unknown {
  return deserialize(serialize(value));
}

/** The error instead of a value that cannot be sent. The cause is what a getter of the value has thrown, or the platform. */
export function cannotSend(what: string, cause: unknown): TypeError {
  const reason = textOf(cause);
  return new TypeError(
    `${what} cannot be sent to another thread: ${reason} Values are copied as structuredClone does: functions, ` +
      "generators, and objects of the host do not go.",
    { cause },
  );
}
