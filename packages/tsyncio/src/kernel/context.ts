/** Context variables: Python's `contextvars`. */

import { DEV } from "#dev";
import { checkOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { DISPOSE } from "../base/dispose.ts";
import { LookupError, RuntimeError, ValueError } from "../base/errors.ts";
import { lazyOf } from "../base/lazy.ts";
import { kernel } from "./state.ts";

/** Never changed: setting a variable makes a new map. */
type Values = ReadonlyMap<ContextVar<unknown>, unknown>;

/** What a task or a callback keeps: just the values it began with, until a `Context` is asked for. */
export type LazyContext = Context | Values;

/** What has a context of its own to run in: a task, a handle, a transport. */
export interface HasContext {
  /** @internal */ readonly _context: LazyContext;
}

const NOTHING: Values = new Map();
const NO_DEFAULT = Symbol("no default");

/** A mapping of context variables to values. A copy costs one small object: the values are shared until set. */
export class Context {
  /** @internal */ declare _values: Values;
  /** @internal */ declare _entered: boolean;

  constructor() {
    this._values = NOTHING;
    this._entered = false;
  }

  toString(): string {
    return "<Context>";
  }

  copy(): Context {
    return withValues(this._values);
  }

  /** Calls `fn` inside this context. Throws `RuntimeError` if the context is already entered. */
  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    this._checkEntered();
    const previous = kernel.context;
    kernel.context = this;
    this._entered = true;
    try {
      return lazyOf(fn)(...args);
    } finally {
      this._entered = false;
      kernel.context = previous;
    }
  }

  /** @internal */
  _checkEntered(): void {
    if (this._entered || kernel.context === this || kernel.currentTask?._context === this) {
      throw new RuntimeError(`cannot enter context: ${this} is already entered`);
    }
  }

  get<T>(variable: ContextVar<T>): T | undefined;
  get<T, D>(variable: ContextVar<T>, fallback: D): T | D;
  get(variable: ContextVar<unknown>, fallback?: unknown): unknown {
    checkKey(variable);
    return this._values.has(variable) ? this._values.get(variable) : fallback;
  }

  has(variable: ContextVar<never>): boolean {
    checkKey(variable);
    return this._values.has(variable as ContextVar<unknown>);
  }

  get size(): number {
    return this._values.size;
  }

  keys(): IterableIterator<ContextVar<unknown>> {
    return this._values.keys() as IterableIterator<ContextVar<unknown>>;
  }

  values(): IterableIterator<unknown> {
    return this._values.values() as IterableIterator<unknown>;
  }

  entries(): IterableIterator<[ContextVar<unknown>, unknown]> {
    return this._values.entries() as IterableIterator<[ContextVar<unknown>, unknown]>;
  }

  [Symbol.iterator](): IterableIterator<ContextVar<unknown>> {
    return this.keys();
  }
}

/** What `ContextVar.set` returns, for `reset`. */
export class Token<T> {
  static readonly MISSING: unique symbol = Symbol("Token.MISSING") as never;
  readonly var: ContextVar<T>;
  readonly oldValue: T | typeof Token.MISSING;
  /** @internal */ readonly _context: Context;
  /** @internal */ _used = false;
  /** @internal */
  constructor(variable: ContextVar<T>, oldValue: T | typeof Token.MISSING, context: Context) {
    this.var = variable;
    this.oldValue = oldValue;
    this._context = context;
  }

  /**
   * `using _ = variable.set(value)` resets the variable at the end of the block: Python's `with variable.set(value)`.
   */
  [DISPOSE](): void {
    this.var.reset(this);
  }

  toString(): string {
    return `<Token${this._used ? " used" : ""} var=${this.var}>`;
  }
}

/**
 * A variable whose value belongs to the current context: each task has its own copy of its creator's.
 *
 *     const user = new ContextVar("user", { default: "guest" });
 *     const token = user.set("Ann");
 *     user.get(); // "Ann"
 *     user.reset(token);
 */
export class ContextVar<T> {
  /** Cannot be assigned. */
  declare readonly name: string;
  readonly #default: T | typeof NO_DEFAULT;

  constructor(name: string, options: { default?: T } = {}) {
    if (typeof name !== "string")
      throw new TypeError(`the name of a context variable is a string, got ${describe(name)}`);
    checkOptions("ContextVar", options, { default: true });
    Object.defineProperty(this, "name", { value: name, enumerable: true });
    this.#default = "default" in options ? (options.default as T) : NO_DEFAULT;
  }

  /** The value here, else `fallback`, else the variable's default. Throws `LookupError` when there is none. */
  get(): T;
  get<D>(fallback: D): T | D;
  get(...fallback: unknown[]): unknown {
    const values = snapshot();
    if (values.has(this as ContextVar<unknown>)) return values.get(this as ContextVar<unknown>);
    if (fallback.length > 0) return fallback[0];
    if (this.#default !== NO_DEFAULT) return this.#default;
    throw new LookupError(`${this} has no value here and no default`);
  }

  /** Sets the value in the current context. Pass the token to `reset` to undo it. */
  set(value: T): Token<T> {
    const context = currentContext();
    const key = this as ContextVar<unknown>;
    const old = context._values.has(key) ? (context._values.get(key) as T) : Token.MISSING;
    context._values = new Map(context._values).set(key, value);
    return new Token<T>(this, old, context);
  }

  /** Puts back what was there before the `set` that returned `token`. */
  reset(token: Token<T>): void {
    if (token._used) throw new RuntimeError(`${token} has already been used once`);
    if (token.var !== this) throw new ValueError(`${token} was created by a different ContextVar`);
    if (token._context !== kernel.context) throw new ValueError(`${token} was created in a different Context`);
    token._used = true;
    const values = new Map(token._context._values);
    if (token.oldValue === Token.MISSING) values.delete(this as ContextVar<unknown>);
    else values.set(this as ContextVar<unknown>, token.oldValue);
    token._context._values = values;
  }

  /** @internal Of another copy of the package too. */
  get _isContextVar(): true {
    return true;
  }

  toString(): string {
    return `<ContextVar name=${JSON.stringify(this.name)}>`;
  }
}

function withValues(values: Values): Context {
  const context = new Context();
  context._values = values;
  return context;
}

/** A `Context`, of another copy of the package too. */
export function isContext(value: unknown): value is Context {
  return (value as Partial<Context> | null)?._values instanceof Map;
}

/** Throws `TypeError` unless `context` is one, of any copy of the package. */
export function checkContext(context: unknown, caller: string): void {
  if (!DEV || isContext(context)) return;
  throw new TypeError(`the context of ${caller} must be one that copyContext() made, got ${describe(context)}`);
}

function checkKey(variable: unknown): void {
  if (!DEV) return;
  if (variable instanceof ContextVar || (variable as Partial<ContextVar<unknown>> | null)?._isContextVar) return;
  throw new TypeError(`a ContextVar key was expected, got ${describe(variable)}`);
}

/** The values here and now: what a new task or callback begins with. */
export function snapshot(): Values {
  const here = kernel.context;
  return (here as Partial<Context>)._values ?? (here as Values);
}

/** The context of a task or callback as an object, made when first asked for. */
export function contextOf(owner: { _context: LazyContext }): Context {
  const own = owner._context;
  if (isContext(own)) return own;
  const context = withValues(own);
  owner._context = context;
  return context;
}

/** The context that a `set` here is to change. */
function currentContext(): Context {
  const here = kernel.context;
  if (isContext(here)) return here;
  const task = kernel.currentTask;
  const context = task !== null && task._context === here ? contextOf(task) : withValues(here);
  kernel.context = context;
  return context;
}

/**
 * A copy of the current context: `contextvars.copy_context`.
 *
 *     copyContext().run(() => user.set("Bob")); // changes the copy only
 */
export function copyContext(): Context {
  return withValues(snapshot());
}

// The context of code that no task and no callback runs. Kept by the first copy of the package that loads.
kernel.context ??= new Context();
