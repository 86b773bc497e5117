/** `await x.catch(f)`, `.then(f, g)` and `.finally(f)`: in the task that awaits, so that they are cancelled with it. */

import { type Coroutine, iscoroutine } from "../kernel/protocol.ts";
import { adopted, awaited, isOurs } from "./awaiting.ts";
import { coroutineFunction } from "./coroutinePrototype.ts";
import { guard } from "./guard.ts";

type Handler = ((value: unknown) => unknown) | null | undefined;

/** `await chained(x).catch(f)`. What is none of ours has its own methods. */
export function chained(x: unknown): unknown {
  return isOurs(x) || iscoroutine(x) ? new Chain(x) : x;
}

class Chain {
  private readonly source: unknown;

  constructor(source: unknown) {
    this.source = source;
  }

  then(onFulfilled?: Handler, onRejected?: Handler): Coroutine<unknown> {
    return then(this.source, onFulfilled, onRejected);
  }

  catch(onRejected?: Handler): Coroutine<unknown> {
    return then(this.source, undefined, onRejected);
  }

  finally(onFinally?: (() => unknown) | null): Coroutine<unknown> {
    return andFinally(this.source, onFinally);
  }
}

const then = /* @__PURE__ */ coroutineFunction(function* (
  source: unknown,
  onFulfilled: Handler,
  onRejected: Handler,
): Coroutine<unknown> {
  let value: unknown;
  try {
    value = yield* awaited(source);
  } catch (error) {
    guard(error);
    if (typeof onRejected !== "function") throw error;
    return yield* adopted(onRejected(error));
  }
  return typeof onFulfilled === "function" ? yield* adopted(onFulfilled(value)) : value;
});

const andFinally = /* @__PURE__ */ coroutineFunction(function* (
  source: unknown,
  onFinally: (() => unknown) | null | undefined,
): Coroutine<unknown> {
  try {
    return yield* awaited(source);
  } finally {
    if (typeof onFinally === "function") yield* adopted(onFinally());
  }
});
