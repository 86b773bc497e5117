/** What translated programs call `$`: the operators, and what their statements need. */

import type { Awaitable } from "tsyncio";
import { causeOf, fits, makeException, membersOf, raising } from "./exceptions.ts";
import type { Machine } from "./machine.ts";
import { callMethod } from "./methods.ts";
import { add, compare, contained, equal, integer, item, len, modulo, str, truthy, value } from "./values.ts";

/** A list, or the iterator of `asCompleted`, which a `break` must not close: Python's `for` does not. */
function each(iterable: unknown): Iterable<unknown> {
  if (Array.isArray(iterable)) {
    return iterable;
  }
  const iterator = (iterable as Iterable<unknown>)[Symbol.iterator]();
  return { [Symbol.iterator]: () => ({ next: () => iterator.next() }) };
}

function isAwaitable(given: unknown): given is Awaitable<unknown> {
  const object = typeof given === "object" && given !== null && !Array.isArray(given) && !(given instanceof Uint8Array);
  return object && Symbol.iterator in given;
}

function awaitable(given: unknown): Awaitable<unknown> {
  if (!isAwaitable(given)) {
    throw new TypeError("the object can't be used in 'await' expression");
  }
  return given;
}

export function language(machine: Machine) {
  return {
    tick: () => machine.tick(),
    log: ([tag, ...values]: unknown[]) =>
      machine.event("log", machine.show(tag), ...values.map((v) => machine.show(v))),
    method: (object: unknown, name: string, args: unknown[], keywords: Record<string, unknown>) =>
      value(callMethod(machine, object, name, args, keywords)),
    awaitable: (given: unknown) => {
      machine.tick();
      return awaitable(given);
    },
    each,
    value,
    truthy,
    append: (list: unknown, element: unknown) => (list as unknown[]).push(element),
    add,
    subtract: (a: unknown, b: unknown) => integer(a) - integer(b),
    multiply: (a: unknown, b: unknown) => integer(a) * integer(b),
    modulo,
    equal,
    unequal: (a: unknown, b: unknown) => !equal(a, b),
    less: (a: unknown, b: unknown) => compare(a, b) < 0,
    lessOrEqual: (a: unknown, b: unknown) => compare(a, b) <= 0,
    greater: (a: unknown, b: unknown) => compare(a, b) > 0,
    greaterOrEqual: (a: unknown, b: unknown) => compare(a, b) >= 0,
    is: (a: unknown, b: unknown) => a === b,
    isNot: (a: unknown, b: unknown) => a !== b,
    contained,
    not: (given: unknown) => !truthy(given),
    range: (n: unknown) => Array.from({ length: integer(n) }, (_, index) => index),
    len,
    str,
    item,
    exception: makeException,
    raising,
    nothingToRaise: () => raising(makeException("RuntimeError", ["No active exception to reraise"])),
    fits,
    cause: causeOf,
    exceptions: membersOf,
  };
}
