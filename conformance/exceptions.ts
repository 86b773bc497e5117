/**
 * Python's exceptions by name: which JavaScript class stands for each, what catches what, and how a trace shows them.
 */

import {
  BaseExceptionGroup,
  BrokenBarrierError,
  CancelledError,
  ExceptionGroup,
  GeneratorExit,
  IncompleteReadError,
  InvalidStateError,
  KeyboardInterrupt,
  LimitOverrunError,
  LookupError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  StopAsyncIteration,
  SystemExit,
  TimeoutError,
  ValueError,
} from "tsyncio";
import { pythonWording } from "./differences.ts";
import { ErrA, ErrB, IndexError, PlainBaseException, PlainException, ZeroDivisionError } from "./errors.ts";
import { BadProgram, type Json } from "./program.ts";
import { repr, str } from "./values.ts";

type ErrorClass = abstract new (...args: never[]) => Error;

const CLASSES: Record<string, ErrorClass> = {
  BaseException: PlainBaseException,
  Exception: PlainException,
  ValueError,
  TypeError,
  RuntimeError,
  LookupError,
  IndexError,
  ZeroDivisionError,
  TimeoutError,
  StopAsyncIteration,
  KeyboardInterrupt,
  SystemExit,
  BaseExceptionGroup,
  ExceptionGroup,
  CancelledError,
  InvalidStateError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  BrokenBarrierError,
  IncompleteReadError,
  LimitOverrunError,
  ErrA,
  ErrB,
};

/** Subclasses of BaseException that are no Exceptions. */
const BASE_ONLY = new Set([
  "BaseException",
  "CancelledError",
  "KeyboardInterrupt",
  "SystemExit",
  "BaseExceptionGroup",
  "GeneratorExit",
]);

/** Whether a handler of that type catches errors that `except Exception` lets pass. */
export const catchesBaseExceptions = (type: string): boolean => BASE_ONLY.has(type);

const NAMES = new Map<unknown, string>(Object.entries(CLASSES).map(([name, cls]) => [cls, name]));
NAMES.set(GeneratorExit, "GeneratorExit");

/** Python's name for the class of an error, or null for one that Python does not have: a bug of ours. */
export function pythonName(error: Error): string | null {
  return NAMES.get(error.constructor) ?? null;
}

export function isExceptionName(name: string): boolean {
  return Object.hasOwn(CLASSES, name);
}

/** Whether `except (names)` catches a value; false for what is no exception. */
export function fits(value: unknown, names: readonly string[]): boolean {
  if (!(value instanceof Error)) {
    return false;
  }
  const own = pythonName(value);
  return own !== null && names.some((name) => fitsOne(value, own, name));
}

function fitsOne(error: Error, own: string, name: string): boolean {
  if (name === "BaseException") {
    return true;
  }
  if (name === "Exception") {
    return !BASE_ONLY.has(own);
  }
  return error instanceof (CLASSES[name] as ErrorClass);
}

/** `["exc", name, argument...]` */
export function makeException(name: string, args: unknown[]): Error {
  const cls = CLASSES[name] as (new (...args: unknown[]) => Error) | undefined;
  if (cls === undefined) {
    throw new BadProgram(`unknown exception type ${name}`);
  }
  if (cls === BaseExceptionGroup || cls === ExceptionGroup) {
    return new cls(...args);
  }
  if (args.length === 0) {
    return new cls();
  }
  return new cls(args.length === 1 ? str(args[0]) : `(${args.map(repr).join(", ")})`);
}

/** `raise error` or `raise error from cause`: returns what is to be thrown. */
export function raising(error: unknown, ...cause: unknown[]): Error {
  if (!(error instanceof Error)) {
    return new TypeError("exceptions must derive from BaseException");
  }
  if (cause.length > 0) {
    error.cause = cause[0];
  }
  return error;
}

/** `error.__cause__` */
export function causeOf(error: unknown): unknown {
  return (error as Error).cause ?? null;
}

/** The members of a group, as a new list. */
export function membersOf(error: unknown): unknown[] {
  return [...(error as BaseExceptionGroup).exceptions];
}

/** A message as traces have it: all from the first `<` to the last `>`, which tells of objects, is dropped. */
export function canonical(message: string): string {
  return pythonWording(message.replace(/<.*>/s, "<>"));
}

/** An error as a trace shows it: `[type, message]`, groups with their members. */
export function showException(error: Error): Json[] {
  const name = pythonName(error);
  if (name === null) {
    // Nothing that Python could have raised: shown so that it can be found.
    return [`JavaScript's ${error.name}`, String(error.stack ?? error.message)];
  }
  if (error instanceof BaseExceptionGroup) {
    return [name, error.message, membersOf(error).map((member) => showException(member as Error))];
  }
  const silent = name === "TypeError" || name === "InvalidStateError";
  return [name, silent ? "" : canonical(error.message)];
}
