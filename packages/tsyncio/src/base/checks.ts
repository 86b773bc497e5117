/** Arguments of the wrong type, and options that do not exist. */

import { DEV } from "#dev";
import { describe } from "./describe.ts";

/** Throws `TypeError`: "`expected`, got …". */
export function checkType(value: unknown, type: "function" | "number", expected: string): void {
  if (DEV && typeof value !== type) throw new TypeError(`${expected}, got ${describe(value)}`);
}

export function checkFunctionOrNull(value: unknown, expected: string): void {
  if (DEV && value !== null) checkType(value, "function", expected);
}

/** Throws `TypeError`, "`expected`, got …", unless `loop` is an event loop, of any copy of the package. */
export function checkLoop(loop: unknown, expected: string): void {
  if (!DEV || typeof (loop as { runUntilComplete?: unknown } | null | undefined)?.runUntilComplete === "function")
    return;
  throw new TypeError(`${expected}, got ${describe(loop)}`);
}

/** The names of all options of `O`: the compiler refuses a list that misses one. */
export type OptionNames<O> = { readonly [K in keyof O]-?: true };

/**
 * Throws `TypeError` for an option that `caller` does not have: JavaScript would ignore it. Null and undefined are no
 * options. Reads own properties only.
 */
export function checkOptions<O extends object>(
  caller: string,
  options: O | null | undefined,
  names: OptionNames<O>,
): void {
  if (!DEV || options === undefined || options === null) return;
  if (typeof options !== "object") {
    const [first] = Object.keys(names);
    throw new TypeError(`the options of ${caller} must be an object such as { ${first}: … }, got ${describe(options)}`);
  }
  // Faster than Object.keys, and what it adds, inherited names, is looked at only if it is unknown.
  for (const name in options) {
    if (!Object.hasOwn(names, name) && Object.hasOwn(options, name)) throw unknownOption(caller, name, names);
  }
}

/** A copy of the options, for what hands them on to the platform. Throws as `checkOptions`. */
export function ownOptions<O extends object>(caller: string, options: O | null | undefined, names: OptionNames<O>): O {
  checkOptions(caller, options, names);
  return withoutPrototype(options ?? ({} as O));
}

/** A copy in which nothing finds as an option what other code has put on `Object.prototype`. */
export function withoutPrototype<O extends object>(options: O): O {
  return Object.assign(Object.create(null), options);
}

function unknownOption(caller: string, name: string, names: object): TypeError {
  const known = Object.keys(names);
  const nearest = nearestName(name, known);
  const hint = nearest === null ? "" : `: did you mean ${nearest}?`;
  const last = known.pop();
  const list = known.length === 0 ? `only ${last}` : `${known.join(", ")} and ${last}`;
  return new TypeError(`${caller} has no option ${JSON.stringify(name)}${hint || "."} It has ${list}.`);
}

/** The known name that was probably meant; Python's `return_when` is `returnWhen`. */
function nearestName(name: string, known: readonly string[]): string | null {
  const plain = (text: string): string => text.replaceAll("_", "").toLowerCase();
  let nearest: string | null = null;
  let least = Math.max(2, name.length / 3);
  for (const other of known) {
    const distance = editDistance(plain(name).slice(0, 100), plain(other));
    if (distance > least || distance >= other.length) continue;
    least = distance - 0.5; // of equals the first
    nearest = other;
  }
  return nearest;
}

/** How many letters must be put in, left out or changed to make `b` of `a`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
