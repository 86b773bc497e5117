/** The forms in which the coroutines of a program are written. Each leaves the same trace. */

import { asyncGenerator, coroutine, cursor } from "tsyncio";
import type { FunctionKind } from "./program.ts";
import { GENERATORS, type Syntax } from "./syntax.ts";

// biome-ignore lint/suspicious/noExplicitAny: functions of three kinds stand side by side
export type AnyFunction = (...args: any[]) => any;

/** A translated program, whose two parameters are `$` and `op`. */
export type Source = ($: object, op: object) => unknown;

export interface Form {
  readonly syntax: Syntax;
  /** A function with the text as its body, and the parameters `$` and `op`. */
  compile(text: string): Source;
  /** What the program calls, from a function of the text. */
  readonly kinds: Readonly<Record<FunctionKind, (made: AnyFunction) => AnyFunction>>;
  /** The same for the generator functions of the machine that stand around those of a program. */
  wrap<F extends AnyFunction>(outer: F): F;
  /** What `$` has for this syntax alone. */
  readonly language: object;
}

/** Generator functions as they are. */
export const PLAIN: Form = {
  syntax: GENERATORS,
  compile: (text) => new Function("$", "op", text) as Source,
  kinds: { sync: (made) => made, async: (made) => made, agen: (made) => asyncGenerator(made) },
  wrap: (outer) => outer,
  language: { cursor },
};

/** All functions of the program are wrapped by `coroutine`. */
export const COROUTINES: Form = {
  ...PLAIN,
  kinds: { ...PLAIN.kinds, async: (made) => coroutine(made) },
  wrap: (outer) => coroutine(outer) as unknown as typeof outer,
};
