/** Exception groups, and Python's distinction between exceptions and base exceptions. */

import { describe } from "./describe.ts";
import { isBaseError, named, ValueError } from "./errors.ts";
import { rewriteStack } from "./stackCut.ts";

/** True for what Python's `except Exception` does not catch. */
export function isBaseException(error: unknown): boolean {
  return isBaseError(error) || (error instanceof BaseExceptionGroup && !(error instanceof ExceptionGroup));
}

type Matcher = ((error: unknown) => boolean) | (abstract new (...args: never[]) => unknown);

function matches(error: unknown, matcher: Matcher): boolean {
  if (typeof matcher !== "function") {
    throw new TypeError(`expected an error class or a predicate, got ${describe(matcher)}`);
  }
  const isClass = matcher.prototype instanceof Error || (matcher as unknown) === Error;
  return isClass ? error instanceof (matcher as never) : Boolean((matcher as (e: unknown) => boolean)(error));
}

/** At most this many members are named at the head of a group's stack. */
const NAMED = 3;

/** Browsers show the stack of an error and nothing else: its first line says what is in the group. */
function withMembers(stack: string, group: AggregateError): string {
  const head = String(group);
  if (typeof stack !== "string" || !stack.startsWith(head)) return stack;
  const { errors } = group;
  const members = errors.slice(0, NAMED).map((error) => String(error).split("\n", 1)[0]);
  if (errors.length > NAMED) members.push("…");
  const count = `${errors.length} sub-exception${errors.length === 1 ? "" : "s"}`;
  return `${head} (${count}: ${members.join(", ")})${stack.slice(head.length)}`;
}

class BaseGroup<E = unknown> extends AggregateError {
  declare readonly exceptions: readonly E[];

  constructor(message: string, exceptions: readonly E[], options?: ErrorOptions) {
    if (!Array.isArray(exceptions) || exceptions.length === 0) {
      throw new ValueError("the second argument of an exception group must be a non-empty array of errors");
    }
    super(exceptions, message, options);
    Object.defineProperty(this, "exceptions", { value: Object.freeze([...exceptions]), configurable: true });
    const own = Object.getOwnPropertyDescriptor(this, "stack");
    if (own?.configurable) rewriteStack(this, own, (stack) => withMembers(stack, this));
  }

  /** `ExceptionGroup` where all members are ordinary exceptions, else `BaseExceptionGroup`: as in Python. */
  static of<E>(message: string, exceptions: readonly E[], options?: ErrorOptions): BaseExceptionGroup<E> {
    return exceptions.some(isBaseException)
      ? new BaseExceptionGroup(message, exceptions, options)
      : new ExceptionGroup(message, exceptions, options);
  }

  /** A group like this one with other members. Override it to keep what a subclass adds. */
  derive<F>(exceptions: readonly F[]): BaseExceptionGroup<F> {
    return BaseExceptionGroup.of(this.message, exceptions);
  }

  /** The part of the group whose leaves match, nesting kept, or null. */
  subgroup(matcher: Matcher): BaseExceptionGroup | null {
    return this.split(matcher)[0];
  }

  /** The part whose leaves match, and the rest; null for an empty part. The base of `except*`. */
  split(matcher: Matcher): [BaseExceptionGroup | null, BaseExceptionGroup | null] {
    if (matches(this, matcher)) return [this, null];
    const yes: unknown[] = [];
    const no: unknown[] = [];
    for (const error of this.exceptions) {
      if (error instanceof BaseExceptionGroup) {
        const [inside, rest] = error.split(matcher);
        if (inside !== null) yes.push(inside);
        if (rest !== null) no.push(rest);
      } else if (matches(error, matcher)) yes.push(error);
      else no.push(error);
    }
    return [this.#part(yes), this.#part(no)];
  }

  #part(errors: unknown[]): BaseExceptionGroup | null {
    if (errors.length === 0) return null;
    const part = this.derive(errors);
    part.cause = this.cause;
    const { stack } = this;
    const frames = stack?.search(/^ +at /m) ?? -1;
    if (stack !== undefined)
      part.stack = frames < 0 ? stack : `${withMembers(String(part), part)}\n${stack.slice(frames)}`;
    return part;
  }
}

/** Several unrelated exceptions at once (PEP 654), as a `TaskGroup` raises them. */
export const BaseExceptionGroup = /* @__PURE__ */ named("BaseExceptionGroup", BaseGroup);
export type BaseExceptionGroup<E = unknown> = BaseGroup<E>;

class Group<E = unknown> extends BaseGroup<E> {
  constructor(message: string, exceptions: readonly E[], options?: ErrorOptions) {
    super(message, exceptions, options);
    if (exceptions.some(isBaseException)) {
      throw new TypeError("cannot nest BaseExceptions in an ExceptionGroup; use BaseExceptionGroup");
    }
  }
}

/** A group of ordinary exceptions: what a `TaskGroup` raises when children fail. */
export const ExceptionGroup = /* @__PURE__ */ named("ExceptionGroup", Group);
export type ExceptionGroup<E = unknown> = Group<E>;

/**
 * Python's `except*`: each handler gets the part of the group that matches its class or predicate; what no
 * handler takes is thrown again. A single error counts as a group of one.
 *
 *     try {
 *       await using group = new TaskGroup(); …
 *     } catch (error) {
 *       exceptStar(error, [TypeError, (group) => …], [TimeoutError, (group) => …]);
 *     }
 */
export function exceptStar(error: unknown, ...handlers: [Matcher, (group: BaseExceptionGroup) => void][]): void {
  let rest: BaseExceptionGroup | null =
    error instanceof BaseExceptionGroup ? error : BaseExceptionGroup.of("", [error]);
  for (const [matcher, handle] of handlers) {
    if (rest === null) return;
    const [part, others]: [BaseExceptionGroup | null, BaseExceptionGroup | null] = rest.split(matcher);
    if (part !== null) handle(part);
    rest = others;
  }
  if (rest !== null) throw error instanceof BaseExceptionGroup ? rest : error;
}
