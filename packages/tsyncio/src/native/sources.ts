/** What `for await` and `yield*` of an async generator take, as iterators of JavaScript's async protocol. */

import { describe } from "../base/describe.ts";
import { StopAsyncIteration } from "../base/errors.ts";
import { aiter } from "../iteration/aiter.ts";
import type { AsyncGen } from "../iteration/asyncGenerator.ts";
import type { AsyncSource } from "../iteration/sources.ts";
import { adopted, awaited } from "./awaiting.ts";
import { coroutineFunction } from "./coroutinePrototype.ts";
import { generatorOf } from "./generatorPrototype.ts";

type Result = IteratorResult<unknown, unknown>;

/** The methods return what can be awaited, or the result itself. */
export interface AnyIterator {
  next(value?: unknown): unknown;
  throw?: ((error: unknown) => unknown) | null;
  return?: ((value?: unknown) => unknown) | null;
}

interface Source {
  aiter?: unknown;
  [Symbol.asyncIterator]?: (() => AnyIterator) | null;
  [Symbol.iterator]?: unknown;
}

/** It has Python's protocol, and JavaScript's only for native code, if at all. */
export function isPythons(source: unknown): source is AsyncSource<unknown> {
  return typeof (source as Source | null | undefined)?.aiter === "function" && generatorOf(source) === null;
}

/** An iterator of the source, as `yield*` of an async generator takes it. */
export function iteratorOf(source: unknown): AnyIterator {
  return isPythons(source) ? new FromPython(aiter(source) as AsyncGen<unknown>) : nativeIteratorOf(source);
}

/** An async iterator, or a sync one whose items are waited for. */
export function nativeIteratorOf(source: unknown): AnyIterator {
  const method = (source as Source | null | undefined)?.[Symbol.asyncIterator];
  if (method !== undefined && method !== null) return object(method.call(source as Source), "[Symbol.asyncIterator]()");
  const sync = (source as Source | null | undefined)?.[Symbol.iterator];
  if (typeof sync !== "function") throw new TypeError(`${describe(source)} is not async iterable`);
  return new FromSync(object(sync.call(source), "[Symbol.iterator]()"));
}

/** What a method of an iterator must return. */
export function object<T>(value: T, method: string): T & object {
  if ((typeof value === "object" && value !== null) || typeof value === "function") return value as T & object;
  throw new TypeError(`${method} of an iterator returned ${describe(value)}, which is not an object`);
}

/** Awaits the items of a sync iterator. */
class FromSync implements AnyIterator {
  private readonly sync: Iterator<unknown, unknown, unknown>;
  private readonly step: (value?: unknown) => Result;

  constructor(sync: Iterator<unknown, unknown, unknown>) {
    this.sync = sync;
    this.step = sync.next as (value?: unknown) => Result;
  }

  // Methods are read once, and called with as many arguments: they may be getters, and may look.
  next(...sent: [value?: unknown]): unknown {
    return settled(this.sync, this.step.apply(this.sync, sent), true);
  }

  throw(error: unknown): unknown {
    const { sync } = this;
    const { throw: method } = sync;
    if (method !== undefined && method !== null) return settled(sync, method.call(sync, error), true);
    sync.return?.();
    throw noThrow();
  }

  return(...sent: [value?: unknown]): unknown {
    const { sync } = this;
    const { return: method } = sync;
    if (method === undefined || method === null) return { done: true, value: sent[0] };
    return settled(sync, method.apply(sync, sent), false);
  }
}

/** `result` with its value awaited. If that fails, the iterator will not be asked for more: it is closed. */
const settled = /* @__PURE__ */ coroutineFunction(function* (sync: Iterator<unknown>, result: Result, closes: boolean) {
  const { done, value } = object(result, "a method");
  try {
    return { done: done === true, value: yield* adopted(value) };
  } catch (error) {
    if (closes && done !== true) closeQuietly(sync);
    throw error;
  }
});

function closeQuietly(sync: Iterator<unknown>): void {
  try {
    sync.return?.();
  } catch {
    // The first error is the one that is thrown.
  }
}

export function noThrow(): TypeError {
  return new TypeError("the iterator has no throw()");
}

/** Python's protocol: all of it for an async generator, else just `anext()`. */
class FromPython implements AnyIterator {
  declare readonly throw?: (error: unknown) => unknown;
  private readonly source: Partial<AsyncGen<unknown>> & Pick<AsyncGen<unknown>, "anext">;

  constructor(source: FromPython["source"]) {
    this.source = source;
    if (source.athrow !== undefined) this.throw = (error) => resultOf(() => source.athrow?.(error));
  }

  next(value?: unknown): unknown {
    const { source } = this;
    return resultOf(() => (value === undefined ? source.anext() : (source.asend?.(value) ?? source.anext())));
  }

  return(value: unknown): unknown {
    return closed(this.source, value);
  }
}

const resultOf = /* @__PURE__ */ coroutineFunction(function* (step: () => unknown) {
  try {
    return { done: false, value: yield* awaited(step()) };
  } catch (error) {
    if (error instanceof StopAsyncIteration) return { done: true, value: undefined };
    throw error;
  }
});

const closed = /* @__PURE__ */ coroutineFunction(function* (source: FromPython["source"], value: unknown) {
  if (source.aclose !== undefined) yield* awaited(source.aclose());
  return { done: true, value };
});
