/** Iteration over what is not asynchronous: arrays, sets, generators. */

import { thenableMethods } from "../kernel/coroutines.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { notASequence, SUSPEND } from "../kernel/state.ts";
import { type OpenCursor, openCursor } from "./cursor.ts";
import type { AsyncSource } from "./sources.ts";

/** A cursor over an async source, or over a plain iterable. Throws `TypeError` for what is neither. */
export function openAnyCursor<T>(source: AsyncSource<T> | Iterable<T>): OpenCursor<T> {
  return isSequence(source) ? new SequenceCursor<T>(source[Symbol.iterator]()) : openCursor(source);
}

/** Coroutines and futures can be iterated too, by `yield*`: most of them can be told by their `then`. */
function isSequence<T>(source: AsyncSource<T> | Iterable<T>): source is Iterable<T> {
  if (typeof source === "string") return true;
  if (typeof source !== "object" || source === null || !(Symbol.iterator in source)) return false;
  return !("aiter" in source) && !(Symbol.asyncIterator in source) && !("then" in source);
}

class SequenceCursor<T> implements OpenCursor<T> {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(SequenceCursor);
  private readonly iterator: Iterator<T>;
  value: T = undefined as T;
  private inNext = false;

  constructor(iterator: Iterator<T>) {
    this.iterator = iterator;
  }

  next(): CoroutineObject<boolean>;
  *next(): Coroutine<boolean> {
    this.inNext = true;
    const result = this.iterator.next();
    if (result.done === true) return false;
    if ((result.value as unknown) === SUSPEND) throw notASequence(); // the coroutine of a plain function*
    this.value = result.value;
    this.inNext = false;
    return true;
  }

  aclose(): CoroutineObject<void>;
  *aclose(): Coroutine<void> {
    this.iterator.return?.();
  }

  left(): boolean {
    return !this.inNext;
  }
}
