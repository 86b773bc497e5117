/** Coroutine functions that are handed to other code: the caller decides when they begin. */

import { LAZY, lazyOf, standsFor } from "../base/lazy.ts";
import { AWAITABLE, COROUTINE_FUNCTION, GENERATOR_FUNCTION } from "../kernel/protocol.ts";
import { begin } from "./begin.ts";

type AnyFunction = (this: unknown, ...args: never[]) => unknown;

/** One for each function, so that a listener can be removed again. */
const wrappers = /* @__PURE__ */ new WeakMap<AnyFunction, AnyFunction>();

/** A name or a member who leaves as a value, from `place`. What is no coroutine function stays as it is. */
export function handedOver<F>(fn: F, place: string): F {
  if (typeof fn !== "function" || !isLazy(fn as F & AnyFunction)) return fn;
  let wrapper = wrappers.get(fn as F & AnyFunction);
  if (wrapper === undefined) {
    wrapper = handedOverHere(fn as F & AnyFunction, place);
    wrappers.set(fn as F & AnyFunction, wrapper);
  }
  // What the program has set on its function, as in `handler.schema = …`.
  return Object.assign(wrapper, fn) as F;
}

/**
 * Made by a compiled async function, or by `coroutine()`: calling it begins nothing. A plain `function*` may be
 * anything.
 */
function isLazy(fn: AnyFunction): boolean {
  if (Object.getPrototypeOf(fn) !== GENERATOR_FUNCTION) return Object.hasOwn(fn, COROUTINE_FUNCTION) && !(LAZY in fn);
  // Reading `prototype` of other functions would make one.
  return (fn.prototype as { [AWAITABLE]?: true } | undefined)?.[AWAITABLE] === true || COROUTINE_FUNCTION in fn;
}

/** A function that is written where it leaves: nothing else refers to it. */
export function handedOverHere<F extends AnyFunction>(fn: F, place: string): F {
  // A method: like an async function it is no constructor.
  const { wrapper } = {
    wrapper(this: unknown, ...args: never[]): unknown {
      return begin(fn, this, args, place);
    },
  };
  return Object.defineProperties(wrapper, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    toString: { value: textOfLazy, configurable: true, writable: true },
    [COROUTINE_FUNCTION]: { value: true },
    [LAZY]: standsFor<AnyFunction>(wrapper, fn),
  }) as unknown as F;
}

/** Test runners find the names of fixtures in the text. */
function textOfLazy(this: AnyFunction): string {
  return Function.prototype.toString.call(lazyOf(this));
}

/**
 * What a marked module calls: a call there is lazy, of whatever has been handed to it. What is no function fails when
 * it is called, after its arguments have been evaluated; `callee` is what the error calls it.
 */
export function lazy<F>(fn: F, callee?: string): F {
  return typeof fn === "function" || callee === undefined ? lazyOf(fn) : (notAFunction(callee) as F);
}

function notAFunction(callee: string): () => never {
  return function fail() {
    const error = new TypeError(`${callee} is not a function`);
    Error.captureStackTrace?.(error, fail);
    throw error;
  };
}
