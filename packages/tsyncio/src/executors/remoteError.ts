/** Errors on their way from one thread to another: with class, stack, cause and fields. */

import * as kernelErrors from "../base/errors.ts";
import { BrokenExecutor, BrokenProcessPool, BrokenThreadPool } from "./errors.ts";

/**
 * What is sent instead of an error: all errors that it leads to by causes, fields and groups, each once. Those refer to
 * each other by their places, so that circles, and what is shared, stay as they are.
 */
export interface EncodedError {
  readonly root: Item;
  readonly records: readonly ErrorRecord[];
  /** The `errors` of groups. */
  readonly lists: readonly (readonly Item[])[];
}

/** The place of an error's record; or another value. */
type Item = number | readonly [value: unknown];

interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: Item | undefined;
  /** The place of the list. */
  readonly errors: number | undefined;
  readonly fields: readonly (readonly [key: string, value: Item])[];
}

/** Below a job there is only what called it: see workerSide. */
const OWN_FRAMES = /\n +at (?:async )?(?:enterJobs?|settleJob|WorkerSide\.\w+) \([\s\S]*$/;
/** What `ErrorRecord` has itself. */
const KNOWN = new Set(["name", "message", "stack", "cause", "errors"]);

type Copy = (value: unknown) => unknown;

/**
 * Never throws, whatever the error is. What cannot be sent goes as its text; in a field, not at all. The result has the
 * copies that `copy` returned: a getter that is read again, when they are sent, may return something else, or throw.
 */
export function encodeError(error: unknown, copy: Copy): EncodedError {
  const encoded = new Encoder((value) => value).encode(error);
  return attempt(() => copy(encoded) as EncodedError, null) ?? new Encoder(remembering(copy)).encode(error);
}

/** A value that many errors share is copied once. */
function remembering(copy: Copy): Copy {
  const known = new Map<unknown, { readonly copied: unknown } | null>();
  return (value) => {
    let found = known.get(value);
    if (found === undefined) {
      found = attempt(() => ({ copied: copy(value) }), null);
      known.set(value, found);
    }
    if (found === null) throw new TypeError("the value cannot be sent");
    return found.copied;
  };
}

class Encoder {
  private readonly copy: Copy;
  private readonly found: Error[] = [];
  private readonly places = new Map<Error, number>();
  private readonly foundLists: (readonly unknown[])[] = [];
  private readonly listPlaces = new Map<readonly unknown[], number>();

  constructor(copy: Copy) {
    this.copy = copy;
  }

  encode(error: unknown): EncodedError {
    const records: ErrorRecord[] = [];
    const lists: Item[][] = [];
    const root = this.item(error);
    // No recursion: a chain of causes may be long.
    while (records.length < this.found.length || lists.length < this.foundLists.length) {
      const next = this.found[records.length];
      if (next !== undefined) records.push(this.record(next));
      else lists.push((this.foundLists[lists.length] as readonly unknown[]).map((one) => this.item(one)));
    }
    return { root, records, lists };
  }

  private record(error: Error): ErrorRecord {
    const get = (key: string): unknown => attempt(() => (error as never)[key], undefined);
    const text = (key: string): string => attempt(() => String((error as never)[key]), "");
    const stack = get("stack");
    const errors = get("errors");
    return {
      name: text("name") || "Error",
      message: text("message"),
      stack: typeof stack === "string" ? stack.replace(OWN_FRAMES, "") : undefined,
      cause: attempt(() => "cause" in error, false) ? this.item(get("cause")) : undefined,
      errors: attempt(() => Array.isArray(errors), false) ? this.list(errors as unknown[]) : undefined,
      fields: this.fields(error, get),
    };
  }

  private fields(error: Error, get: (key: string) => unknown): [string, Item][] {
    const fields: [string, Item][] = [];
    for (const key of attempt(() => Object.keys(error), [])) {
      if (KNOWN.has(key)) continue;
      const value = get(key);
      const item: Item | null = isError(value) ? this.place(value) : attempt(() => [this.copy(value)], null);
      if (item !== null) fields.push([key, item]);
    }
    return fields;
  }

  private item(value: unknown): Item {
    if (isError(value)) return this.place(value);
    return attempt<Item | null>(() => [this.copy(value)], null) ?? [textOf(value)];
  }

  private place(error: Error): number {
    return placeOf(error, this.places, this.found);
  }

  private list(errors: readonly unknown[]): number {
    // A copy, without holes: no iterator, getter, proxy or length can make it endless or throw.
    return placeOf(errors, this.listPlaces, this.foundLists, () => attempt(() => Object.values(errors), []));
  }
}

function placeOf<T>(value: T, places: Map<T, number>, found: T[], copy: () => T = () => value): number {
  let place = places.get(value);
  if (place === undefined) {
    place = found.length;
    places.set(value, place);
    found.push(copy());
  }
  return place;
}

/** Getters and proxies of a job may throw. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Never throws: the message of an error, or the value as text. */
export function textOf(value: unknown): string {
  return attempt(() => String(isError(value) ? value.message : value), "a value that cannot be sent");
}

function isError(value: unknown): value is Error {
  if (typeof value !== "object" || value === null) return false;
  // The second for errors of another realm.
  return attempt(() => value instanceof Error || Object.prototype.toString.call(value) === "[object Error]", false);
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
 * Its stack is the one where it was thrown; `where` says in which worker that was, null nothing. What is malformed
 * comes as a `RuntimeError`.
 */
export function decodeError(encoded: EncodedError, where: string | null): unknown {
  try {
    return decode(encoded, where);
  } catch (error) {
    return new kernelErrors.RuntimeError(`${where ?? "the other side"} has sent an error that cannot be read`, {
      cause: error,
    });
  }
}

function decode({ root, records, lists }: EncodedError, where: string | null): unknown {
  const errors = records.map(({ message }) => new Error(message));
  const value = (item: Item): unknown => (typeof item === "number" ? errors[item] : item[0]);
  const groups = lists.map((items) => items.map(value));
  for (const [i, error] of errors.entries()) {
    const { name, message, stack, cause, errors: group, fields } = records[i] as ErrorRecord;
    const cls = classes.get(name);
    if (cls !== undefined) Object.setPrototypeOf(error, cls.prototype);
    else if (name !== "Error") define(error, "name", name);
    const text = stack ?? `${name}: ${message}`;
    define(error, "stack", i === root && where !== null ? `${text}\n    in ${where}` : text);
    if (cause !== undefined) define(error, "cause", value(cause));
    if (group !== undefined) define(error, "errors", groups[group]);
    for (const [key, item] of fields) define(error, key, value(item), true);
  }
  return value(root);
}

function define(error: Error, key: string, value: unknown, enumerable = false): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable });
}
