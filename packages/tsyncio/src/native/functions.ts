/** Functions, methods and arrows that the compiler has made of async ones: what makes coroutine functions of them. */

import { COROUTINE_FUNCTION } from "../kernel/protocol.ts";
import { coroutineFunction, coroutinePrototype } from "./coroutinePrototype.ts";
import { generatorPrototype } from "./generatorPrototype.ts";

type AnyFunction = (...args: never[]) => unknown;

/** A function expression that is an async generator. */
export function generatorFunction<F extends AnyFunction>(fn: F): F {
  fn.prototype = generatorPrototype;
  return fn;
}

/** An arrow with `this`: bound, so that it has neither a prototype to be known by nor its own name. */
export function boundFunction<F extends AnyFunction>(fn: F): F {
  return Object.defineProperties(fn, {
    name: { value: fn.name.replace(/^bound /, ""), configurable: true },
    [COROUTINE_FUNCTION]: { value: true },
  });
}

/** The methods of a class, by their keys. A decorator may have put anything else in the place of one. */
export function methods(
  target: object,
  coroutineKeys: readonly PropertyKey[],
  generatorKeys: readonly PropertyKey[],
): void {
  for (const key of coroutineKeys) register(target, key, coroutineFunction);
  for (const key of generatorKeys) register(target, key, generatorFunction);
}

/** Those of an object literal. */
export function objectMethods<T extends object>(
  object: T,
  coroutineKeys: readonly PropertyKey[],
  generatorKeys: readonly PropertyKey[],
): T {
  methods(object, coroutineKeys, generatorKeys);
  return object;
}

const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor as new () => AnyFunction;

function register(target: object, key: PropertyKey, make: (fn: AnyFunction) => AnyFunction): void {
  const own = Object.getOwnPropertyDescriptor(target, key);
  const fn: unknown = own?.value;
  if (!(fn instanceof GeneratorFunction)) return;
  const made = make(fn);
  if (made !== fn) Object.defineProperty(target, key, { ...own, value: made });
}

/** A private method: it can only be reached through an instance, so this is called for each anew. */
export function privateMethod(fn: AnyFunction): void {
  if (fn.prototype !== coroutinePrototype) fn.prototype = coroutinePrototype;
}

/** The same for an async generator. */
export function privateGenerator(fn: AnyFunction): void {
  if (fn.prototype !== generatorPrototype) fn.prototype = generatorPrototype;
}

/** A computed key, converted once. */
export function propertyKey(key: unknown): string | symbol {
  return typeof key === "symbol" ? key : `${key}`;
}
