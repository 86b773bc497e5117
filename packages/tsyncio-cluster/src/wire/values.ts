/**
 * Values on their way to another machine. As JSON, so that every Node, Bun and other languages can read them; what JSON
 * does not have is an object with a tag: `{ "$": "date", "v": 0 }`.
 */

import { Buffer } from "node:buffer";
import { types } from "node:util";
import { ValueError } from "tsyncio";
import { decodeError, type EncodedError, encodeError, textOf } from "tsyncio/executors/internal";

const TAG = "$";
/** How deep a value may be nested. */
const DEEPEST = 500;

/**
 * Typed arrays besides Uint8Array, by their names. Their bytes are little-endian, as on every machine that Node runs
 * on.
 */
const ARRAYS = {
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

type ArrayName = keyof typeof ARRAYS;

/**
 * The value as text.
 *
 * @throws {TypeError} It holds what cannot be sent; `what` names it: "an argument of f()".
 * @throws {ValueError} The text has more than `limit` bytes.
 */
export function toText(value: unknown, what: string, limit: number): string {
  let text: string;
  try {
    text = JSON.stringify(new Encoder().encode(value, 0));
  } catch (error) {
    throw new TypeError(
      `${what} cannot be sent to another machine: ${textOf(error)}. What can be sent: what JSON has, undefined, bigint, Date, ` +
        "RegExp, Map, Set, bytes, typed arrays and errors; other objects go as their own properties.",
      { cause: error },
    );
  }
  checkSize(text, what, limit);
  return text;
}

/**
 * The value again.
 *
 * @throws {ValueError} The text was not made by `toText`, or has more than `limit` bytes.
 */
export function fromText(text: string, what: string, limit: number): unknown {
  checkSize(text, what, limit);
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (error) {
    throw new ValueError(`${what} cannot be read: it is no JSON`, { cause: error });
  }
  return decode(tree, what, 0);
}

export function checkSize(text: string, what: string, limit: number): void {
  // A character has at most three bytes.
  if (text.length * 3 <= limit) return;
  const bytes = Buffer.byteLength(text);
  if (bytes <= limit) return;
  throw new ValueError(
    `${what} has ${bytes} bytes as it is sent, and at most ${limit} may be: put it into a store that both sides reach, and send its ` +
      "name, or raise sizeLimit on both sides",
  );
}

class Encoder {
  /** What contains the value that is being encoded. */
  private readonly outer = new Set<object>();

  encode(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0) ? value : tagged("number", numberText(value));
      case "undefined":
        return { [TAG]: "undefined" };
      case "bigint":
        return tagged("bigint", String(value));
      case "object":
        return value === null ? null : this.inside(value, depth);
      case "function":
        throw new TypeError(`a function${value.name === "" ? "" : ` ${value.name}()`} has no form that can be sent`);
      default:
        throw new TypeError(`a ${typeof value} has no form that can be sent`);
    }
  }

  private inside(value: object, depth: number): unknown {
    if (depth === DEEPEST) throw new TypeError(`it is nested more than ${DEEPEST} levels deep`);
    if (this.outer.has(value)) throw new TypeError("it contains itself");
    this.outer.add(value);
    const encoded = this.object(value, depth + 1);
    this.outer.delete(value);
    return encoded;
  }

  private object(value: object, depth: number): unknown {
    const each = (item: unknown): unknown => this.encode(item, depth);
    if (Array.isArray(value)) return Array.from(value, each);
    if (types.isDate(value)) return tagged("date", Number.isNaN(value.getTime()) ? null : value.getTime());
    if (types.isMap(value))
      return tagged(
        "map",
        Array.from(value, ([key, item]) => [each(key), each(item)]),
      );
    if (types.isSet(value)) return tagged("set", Array.from(value, each));
    if (types.isRegExp(value)) return tagged("regexp", [value.source, value.flags]);
    if (ArrayBuffer.isView(value)) return encodeView(value);
    if (types.isArrayBuffer(value)) return tagged("buffer", base64(new Uint8Array(value)));
    // Encoded by the rules of errors first: it never throws, and leaves out what cannot be sent.
    if (types.isNativeError(value)) return tagged("error", each(encodeError(value, copy)));
    if (types.isBoxedPrimitive(value)) return each(value.valueOf());
    if (isOfHost(value)) throw new TypeError(`${nameOf(value)} has no form that can be sent`);
    const own = Object.entries(value);
    if (Object.hasOwn(value, TAG))
      return tagged(
        "object",
        own.map(([key, item]) => [key, each(item)]),
      );
    const encoded: Record<string, unknown> = Object.create(null);
    for (const [key, item] of own) encoded[key] = each(item);
    return encoded;
  }
}

/** What arrives when the value is sent. */
function copy(value: unknown): unknown {
  return decode(JSON.parse(JSON.stringify(new Encoder().encode(value, 0))), "a value", 0);
}

function tagged(tag: string, v: unknown): object {
  return { [TAG]: tag, v };
}

function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function encodeView(view: ArrayBufferView): object {
  if (types.isSharedArrayBuffer(view.buffer)) throw new TypeError("shared memory ends at the machine");
  const bytes = base64(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  if (types.isUint8Array(view)) return tagged("bytes", bytes);
  if (types.isDataView(view)) return tagged("view", bytes);
  const name = Object.prototype.toString.call(view).slice(8, -1);
  if (!Object.hasOwn(ARRAYS, name)) throw new TypeError(`a ${name} has no form that can be sent`);
  return { ...tagged("array", bytes), of: name };
}

/** Deno has none. */
const isExternal = (types as Partial<typeof types>).isExternal ?? (() => false);

function isOfHost(value: object): boolean {
  return (
    types.isPromise(value) ||
    types.isGeneratorObject(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isProxy(value) ||
    isExternal(value) ||
    types.isSharedArrayBuffer(value) ||
    value instanceof WeakRef
  );
}

function nameOf(value: object): string {
  return types.isProxy(value) ? "a Proxy" : `a ${Object.prototype.toString.call(value).slice(8, -1)}`;
}

// ------------------------------------------------------------------ back

type Tree = { readonly [key: string]: unknown };

function decode(tree: unknown, what: string, depth: number): unknown {
  if (typeof tree !== "object" || tree === null) return tree;
  if (depth > DEEPEST * 2) throw malformed(what, "it is nested too deep");
  if (Array.isArray(tree)) return tree.map((item) => decode(item, what, depth + 1));
  if (Object.hasOwn(tree, TAG)) return decodeTagged(tree as Tree, what, depth + 1);
  return fill(Object.entries(tree), what, depth);
}

function fill(entries: readonly (readonly [string, unknown])[], what: string, depth: number): object {
  const value: Record<string, unknown> = {};
  for (const [key, item] of entries) {
    const decoded = decode(item, what, depth + 1);
    // Assigned, this one would become the prototype.
    if (key === "__proto__") Object.defineProperty(value, key, { ...PLAIN, value: decoded });
    else value[key] = decoded;
  }
  return value;
}

const PLAIN = { writable: true, enumerable: true, configurable: true };

function decodeTagged({ [TAG]: tag, v, of }: Tree, what: string, depth: number): unknown {
  const refuse = (): ValueError => malformed(what, `its ${JSON.stringify(tag)?.slice(0, 40)} is malformed`);
  const list = (): unknown[] => {
    if (!Array.isArray(v)) throw refuse();
    return v.map((item) => decode(item, what, depth + 1));
  };
  const pairs = (): [unknown, unknown][] => {
    const found = list();
    if (!found.every((pair) => Array.isArray(pair) && pair.length === 2)) throw refuse();
    return found as [unknown, unknown][];
  };
  const text = (form: RegExp): string => {
    if (typeof v !== "string" || !form.test(v)) throw refuse();
    return v;
  };
  const bytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text(BASE64), "base64"));
  switch (tag) {
    case "undefined":
      return undefined;
    case "number":
      return Number(text(/^(?:NaN|-?Infinity|-0)$/));
    case "bigint":
      return BigInt(text(/^-?\d+$/));
    case "date":
      if (v !== null && typeof v !== "number") throw refuse();
      return new Date(v ?? Number.NaN);
    case "map":
      return new Map(pairs());
    case "set":
      return new Set(list());
    case "regexp":
      return decodeRegExp(list(), refuse);
    case "bytes":
      return bytes();
    case "buffer":
      return bytes().buffer;
    case "view":
      return new DataView(bytes().buffer);
    case "array":
      return decodeArray(of, bytes(), refuse);
    case "object": {
      if (!Array.isArray(v) || !v.every(isEntry)) throw refuse();
      return fill(v as [string, unknown][], what, depth);
    }
    case "error":
      return errorOf(decode(v, what, depth + 1), refuse);
    default:
      throw refuse();
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function isEntry(entry: unknown): boolean {
  return Array.isArray(entry) && entry.length === 2 && typeof entry[0] === "string";
}

function decodeRegExp([source, flags]: unknown[], refuse: () => ValueError): RegExp {
  if (typeof source !== "string" || typeof flags !== "string") throw refuse();
  try {
    return new RegExp(source, flags);
  } catch {
    throw refuse();
  }
}

function decodeArray(name: unknown, bytes: Uint8Array<ArrayBuffer>, refuse: () => ValueError): ArrayBufferView {
  if (typeof name !== "string" || !Object.hasOwn(ARRAYS, name)) throw refuse();
  const cls = ARRAYS[name as ArrayName];
  if (bytes.length % cls.BYTES_PER_ELEMENT !== 0) throw refuse();
  return new cls(bytes.buffer);
}

/** An error that was a value. */
function errorOf(encoded: unknown, refuse: () => ValueError): unknown {
  if (!isEncodedError(encoded)) throw refuse();
  return decodeError(encoded, null);
}

/** Has the form that `encodeError` returns, with places that exist. */
export function isEncodedError(value: unknown): value is EncodedError {
  const { root, records, lists } = (value ?? {}) as Partial<EncodedError>;
  if (!Array.isArray(records) || !Array.isArray(lists)) return false;
  const isPlace = (place: unknown, count: number): boolean =>
    Number.isInteger(place) && (place as number) >= 0 && (place as number) < count;
  const isItem = (item: unknown): boolean =>
    (Array.isArray(item) && item.length === 1) || isPlace(item, records.length);
  return (
    isItem(root) &&
    lists.every((list) => Array.isArray(list) && list.every(isItem)) &&
    records.every((record: unknown) => {
      if (typeof record !== "object" || record === null) return false;
      const { name, message, stack, cause, errors, fields } = record as Record<string, unknown>;
      return (
        typeof name === "string" &&
        typeof message === "string" &&
        (stack === undefined || typeof stack === "string") &&
        (cause === undefined || isItem(cause)) &&
        (errors === undefined || isPlace(errors, lists.length)) &&
        Array.isArray(fields) &&
        fields.every((field) => isEntry(field) && isItem((field as unknown[])[1]))
      );
    })
  );
}

/** An error that a job has thrown, as text. Never throws: what is too large goes as its name and its message. */
export function errorToText(error: unknown, limit: number): string {
  const encoder = (thrown: unknown): string =>
    JSON.stringify(new Encoder().encode(encodeError(thrown, copy), 0)) as string;
  const text = encoder(error);
  if (Buffer.byteLength(text) <= limit) return text;
  const { name = "Error" } = error as Partial<Error>;
  const short = new Error(`${textOf(error).slice(0, 1000)} (the rest of the error has more than ${limit} bytes)`);
  Object.defineProperty(short, "name", { value: String(name).slice(0, 100) });
  return encoder(short);
}

/** @throws {ValueError} The text was not made by `errorToText`. */
export function errorFromText(text: string, where: string, limit: number): unknown {
  const encoded = fromText(text, `the error of ${where}`, limit);
  if (!isEncodedError(encoded)) throw malformed(`the error of ${where}`, "it is no error");
  return decodeError(encoded, where);
}

function malformed(what: string, how: string): ValueError {
  return new ValueError(`${what} cannot be read: ${how}`);
}
