/** Short texts for values in messages, after Python's repr. */

import { DEV } from "#dev";

export function describeFunction(fn: { readonly name: string }): string {
  return `${fn.name || "<anonymous>"}()`;
}

/** True for what is written with `class`: it cannot be called. */
export function isClass(value: unknown): value is { readonly name: string } {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

/** What was passed by mistake, for "expected …, got …". */
export function describe(value: unknown): string {
  if (!DEV) return typeof value;
  if (value === null || value === undefined || typeof value === "boolean" || typeof value === "number")
    return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (isClass(value)) return `the class ${value.name || "<anonymous>"}`;
  if (typeof value === "function") return `the function ${describeFunction(value as { name: string })}`;
  if (typeof value !== "object") return String(value);
  if (typeof (value as { then?: unknown }).then === "function" && value instanceof Promise) {
    return "next" in value ? "a coroutine" : "a Promise"; // of native syntax: see native/coroutinePrototype.ts
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  // Its text would be all that is in it, a key perhaps.
  if (ArrayBuffer.isView(value)) return `an object of class ${value.constructor?.name} with ${value.byteLength} bytes`;
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object Generator]") return "a coroutine";
  if (tag === "[object AsyncGenerator]") return "a native async generator";
  const own = (value as object).toString;
  if (typeof own === "function" && own !== Object.prototype.toString && !(value instanceof Error)) return String(value);
  const name: unknown = (value as object).constructor?.name;
  return `an object of class ${typeof name === "string" && name !== "" ? name : "Object"}`;
}
