/** Errors on their way from one thread to another: with class, stack, cause and fields. */

import * as kernelErrors from "../kernel/errors.ts";
import { BrokenExecutor, BrokenProcessPool, BrokenThreadPool } from "./errors.ts";

/** What is sent instead of an error. A list, so that nothing a job throws can look like it. */
export type EncodedError = readonly ["error", ErrorRecord] | readonly ["value", unknown];

interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Record<string, unknown>;
  readonly cause: EncodedError | undefined;
  readonly errors: readonly EncodedError[] | undefined;
}

/** Causes of causes are followed so far; a circle ends there. */
const DEPTH = 8;
/** Below a job there is only what called it: see workerSide. */
const OWN_FRAMES = /\n +at (?:async )?(?:enterJobs?|settleJob|WorkerSide\.\w+) \([\s\S]*$/;
/** What `ErrorRecord` has itself. */
const KNOWN = new Set(["name", "message", "stack", "cause", "errors"]);

export function encodeError(error: unknown, depth = DEPTH): EncodedError {
  if (!(error instanceof Error) && !isErrorOfAnotherRealm(error)) {
    return ["value", isCloneable(error) ? error : String(error)];
  }
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(error)) {
    if (!KNOWN.has(key) && isCloneable(value)) fields[key] = value;
  }
  const { errors } = error as { errors?: unknown };
  const inner = (e: unknown): EncodedError => encodeError(e, depth - 1);
  const record: ErrorRecord = {
    name: String(error.name),
    message: String(error.message),
    stack: typeof error.stack === "string" ? error.stack.replace(OWN_FRAMES, "") : undefined,
    fields,
    cause: "cause" in error && depth > 0 ? inner(error.cause) : undefined,
    errors: Array.isArray(errors) && depth > 0 ? errors.map(inner) : undefined,
  };
  return ["error", record];
}

function isErrorOfAnotherRealm(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === "[object Error]";
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

interface ErrorClass {
  readonly prototype: Error;
}

/** The classes that are the same on both sides. */
const classes = new Map<string, ErrorClass>();
for (const cls of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError]) {
  classes.set(cls.name, cls);
}
for (const [name, value] of Object.entries({
  ...kernelErrors,
  BrokenExecutor,
  BrokenProcessPool,
  BrokenThreadPool,
})) {
  if (typeof value === "function" && (value as unknown as ErrorClass).prototype instanceof Error) {
    classes.set(name, value as unknown as ErrorClass);
  }
}

/**
 * The error again. An instance of its class, if that is JavaScript's or tsyncio's; else an `Error` of that name.
 * Its stack is the one where it was thrown; `where` says in which worker that was.
 */
export function decodeError([kind, content]: EncodedError, where: string | null): unknown {
  if (kind === "value") return content;
  const { name, message, stack, fields, cause, errors } = content as ErrorRecord;
  const error = new Error(message);
  const cls = classes.get(name);
  if (cls !== undefined) Object.setPrototypeOf(error, cls.prototype);
  else if (name !== "Error") define(error, "name", name);
  const text = stack ?? `${name}: ${message}`;
  define(error, "stack", where === null ? text : `${text}\n    in ${where}`);
  if (cause !== undefined) define(error, "cause", decodeError(cause, null));
  if (errors !== undefined)
    define(
      error,
      "errors",
      errors.map((e) => decodeError(e, null)),
    );
  return Object.assign(error, fields);
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
}
