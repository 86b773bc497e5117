/**
 * Python's meaning of operators on the values of the language: null, booleans, integers, strings, lists, bytes
 * (what a stream reader returns, a Uint8Array) and opaque objects, which compare by identity.
 */

import { IndexError, ZeroDivisionError } from "./errors.ts";

/** What came from a JavaScript API: there is no undefined in the language. */
export function value(given: unknown): unknown {
  return given === undefined ? null : given;
}

export function truthy(given: unknown): boolean {
  if (Array.isArray(given) || given instanceof Uint8Array) {
    return given.length > 0;
  }
  return Boolean(given);
}

export function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return latin1(a) === latin1(b);
  }
  return a === b;
}

export function contained(item: unknown, list: unknown): boolean {
  return (list as unknown[]).some((other) => equal(item, other));
}

/** Negative, 0 or positive, as Python orders integers, strings and lists. Throws TypeError for other pairs. */
export function compare(a: unknown, b: unknown): number {
  if (isNumber(a) && isNumber(b)) {
    return Number(a) - Number(b);
  }
  if (typeof a === "string" && typeof b === "string") {
    return a < b ? -1 : Number(a > b);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    const at = a.findIndex((item, index) => index >= b.length || !equal(item, b[index]));
    return at < 0 || at >= b.length ? a.length - b.length : compare(a[at], b[at]);
  }
  throw new TypeError("unorderable types");
}

export function add(a: unknown, b: unknown): unknown {
  if (typeof a === "string" && typeof b === "string") {
    return a + b;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return [...a, ...b];
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return bytes(latin1(a) + latin1(b));
  }
  return integer(a) + integer(b);
}

export function modulo(a: unknown, b: unknown): number {
  if (integer(b) === 0) {
    throw new ZeroDivisionError("integer modulo by zero");
  }
  return integer(a) % integer(b);
}

export function len(given: unknown): number {
  if (typeof given === "string" || Array.isArray(given) || given instanceof Uint8Array) {
    return given.length;
  }
  throw new TypeError("the object has no len()");
}

export function item(list: unknown, index: unknown): unknown {
  const position = integer(index);
  if (!Array.isArray(list)) {
    throw new TypeError("the object is not subscriptable");
  }
  if (position < 0 || position >= list.length) {
    throw new IndexError("list index out of range");
  }
  return list[position];
}

/** `str(given)`; what stands inside a list would be shown by repr, which only differs for strings. */
export function str(given: unknown): string {
  if (given === null || given === undefined) {
    return "None";
  }
  if (typeof given === "boolean") {
    return given ? "True" : "False";
  }
  if (Array.isArray(given)) {
    return `[${given.map(repr).join(", ")}]`;
  }
  return String(given);
}

export function repr(given: unknown): string {
  return typeof given === "string" ? `'${given}'` : str(given);
}

function isNumber(given: unknown): given is number | boolean {
  return typeof given === "number" || typeof given === "boolean";
}

/** The number behind an integer or boolean. Throws TypeError for anything else. */
export function integer(given: unknown): number {
  if (!isNumber(given)) {
    throw new TypeError("unsupported operand type");
  }
  return Number(given);
}

/** One byte for each character. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** One character for each byte. */
export function latin1(given: Uint8Array): string {
  return Array.from(given, (byte) => String.fromCharCode(byte)).join("");
}
