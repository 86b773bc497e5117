/** Python's `aiter()` and `anext()`. */

import { describe } from "../base/describe.ts";
import { StopAsyncIteration } from "../base/errors.ts";
import { thenable } from "../kernel/coroutines.ts";
import { isfuture } from "../kernel/future.ts";
import {
  type Awaitable,
  type Coroutine,
  type CoroutineObject,
  iscoroutine,
  type Native,
  type NativeResult,
} from "../kernel/protocol.ts";
import { awaitableFrom } from "./awaitable.ts";
import { NativeSource } from "./fromAsyncIterable.ts";
import type { AsyncioIterable, AsyncioIterator, AsyncSource } from "./sources.ts";

/** What a source could have, of both protocols. */
interface Candidate<T> {
  aiter?(): AsyncioIterator<T>;
  anext?(): Awaitable<T>;
  next?(): Promise<IteratorResult<T>>;
  [Symbol.asyncIterator]?(): AsyncIterator<T>;
  [Symbol.iterator]?: unknown;
}

/**
 * The async iterator of an object that has `aiter()`, or of a native async iterable: Python's `aiter`. Throws
 * `TypeError` for anything else.
 */
export function aiter<I extends AsyncioIterator<unknown>>(source: { aiter(): I }): I;
export function aiter<T>(source: AsyncIterable<T>): { anext(): CoroutineObject<T> };
export function aiter<T>(source: AsyncSource<T>): AsyncioIterator<T>;
export function aiter<T>(source: AsyncSource<T>): AsyncioIterator<T> {
  const candidate = asCandidate<T>(source);
  if (typeof candidate?.aiter === "function") return checked(candidate.aiter(), source);
  if (typeof candidate?.[Symbol.asyncIterator] === "function") {
    return new NativeSource((source as AsyncIterable<T>)[Symbol.asyncIterator]());
  }
  throw new TypeError(
    `${describe(source)} is not an async iterable.${hint(source) ?? " It has neither aiter() nor [Symbol.asyncIterator]()."}`,
  );
}

/**
 * An awaitable of the next item: Python's `anext`. At the end it returns `fallback`, or throws `StopAsyncIteration`
 * if none was passed. Throws `TypeError` for what is not an async iterator.
 *
 *     const first = yield* anext(aiter(source), null); // null if there is none
 */
export function anext<A extends Awaitable<unknown> | Native<unknown>>(iterator: { anext(): A }): NativeResult<A>;
export function anext<T>(iterator: AsyncIterator<T>): CoroutineObject<T>;
export function anext<T>(iterator: AsyncioIterator<T> | AsyncIterator<T>): NativeResult<Awaitable<T>>;
export function anext<T, D>(iterator: AsyncioIterator<T> | AsyncIterator<T>, fallback: D): CoroutineObject<T | D>;
export function anext<T>(iterator: AsyncioIterator<T> | AsyncIterator<T>, ...rest: unknown[]): Awaitable<unknown> {
  const next = nextOf(iterator);
  return rest.length === 0 ? next : orElse(next, rest[0]);
}

function nextOf<T>(iterator: AsyncioIterator<T> | AsyncIterator<T>): Awaitable<T> {
  const candidate = asCandidate<T>(iterator);
  if (typeof candidate?.anext === "function") return awaitableFrom(candidate.anext(), iterator, "anext");
  if (typeof candidate?.next === "function" && Symbol.asyncIterator in candidate) {
    return new NativeSource(iterator as AsyncIterator<T>).anext();
  }
  const iterable = typeof candidate?.aiter === "function" || typeof candidate?.[Symbol.asyncIterator] === "function";
  const advice = iterable ? " It is an async iterable: pass aiter(x)." : (hint(iterator) ?? "");
  throw new TypeError(`${describe(iterator)} is not an async iterator.${advice}`);
}

const orElse = /* @__PURE__ */ thenable(function* orElse<T, D>(next: Awaitable<T>, fallback: D): Coroutine<T | D> {
  try {
    return yield* next;
  } catch (error) {
    if (error instanceof StopAsyncIteration) return fallback;
    throw error;
  }
});

function checked<T>(iterator: AsyncioIterator<T>, source: AsyncioIterable<T> | unknown): AsyncioIterator<T> {
  if (typeof asCandidate(iterator)?.anext === "function") return iterator;
  const advice = iscoroutine(iterator) ? " Write aiter() as a plain method, not as a function*." : "";
  throw new TypeError(`aiter() of ${describe(source)} returned ${describe(iterator)}, which has no anext().${advice}`);
}

function asCandidate<T>(value: unknown): Candidate<T> | null {
  return typeof value === "object" && value !== null ? (value as Candidate<T>) : null;
}

/** What was probably meant. */
function hint(value: unknown): string | null {
  if (typeof value === "function") return " Call it: pass f(), not f.";
  if (iscoroutine(value) || isfuture(value)) return " Wait for it first: pass yield* x.";
  if (value instanceof Promise) return " Wait for the promise first: pass yield* fromPromise(promise).";
  const candidate = asCandidate(value);
  if (typeof candidate?.anext === "function") return " It has anext(), but no aiter(): add aiter() { return this; }.";
  if (typeof value === "string" || typeof candidate?.[Symbol.iterator] === "function") {
    return " It is a plain iterable: use for (const item of x) { … }.";
  }
  return null;
}
