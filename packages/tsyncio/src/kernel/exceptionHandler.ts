/** Where exceptions go that no caller can get: the loop's exception handler. */

import { checkFunctionOrNull } from "./checks.ts";
import type { Context } from "./context.ts";
import { sourceOf } from "./debugMode.ts";
import { describe } from "./describe.ts";
import { isExit } from "./errors.ts";
import type { Future } from "./future.ts";
import { kernel } from "./state.ts";

/** What an exception handler is told. */
export interface ExceptionContext {
  message: string;
  exception?: unknown;
  future?: Future<unknown>;
  task?: Future<unknown>;
  handle?: unknown;
  asyncgen?: unknown;
  /** Where the future, task or handle was made, a line a frame, innermost first. Debug mode. */
  sourceTraceback?: string;
  [key: string]: unknown;
}

/** `handler(loop, context)`; in asyncio the same. */
// biome-ignore lint/suspicious/noExplicitAny: the loop's own class would make this file import its subclass
export type ExceptionHandler = (loop: any, context: ExceptionContext) => unknown;

/** So many failed futures are kept before those nobody has asked are left to the garbage collector. */
const KEPT = 64;

/** Reports an exception when its future has been collected. */
const collected =
  typeof FinalizationRegistry === "undefined"
    ? null
    : /* @__PURE__ */ new FinalizationRegistry<() => void>((report) => report());

/** The part of a loop that reports. */
export abstract class ExceptionReports {
  private _exceptionHandler: ExceptionHandler | null = null;
  private _failures: Future<unknown>[] = [];
  /** The older ones that nobody has asked yet. */
  private readonly _left = new Set<WeakRef<Future<unknown>>>();
  private readonly _refs = new WeakMap<Future<unknown>, WeakRef<Future<unknown>>>();

  /** @internal */ abstract _report(text: string, error?: unknown): void;

  getExceptionHandler(): ExceptionHandler | null {
    return this._exceptionHandler;
  }

  /** `handler(loop, context)` is called for each exception that nobody can catch; null is the default handler. */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    checkFunctionOrNull(handler, "an exception handler must be a function or null");
    this._exceptionHandler = handler;
  }

  /** Writes the message, the other entries of the context, and the exception with its stack. */
  defaultExceptionHandler(context: ExceptionContext): void {
    const message = context.message || "Unhandled exception in event loop";
    const lines = [message];
    for (const key of Object.keys(context).sort()) {
      if (key !== "message" && key !== "exception" && key !== "sourceTraceback")
        lines.push(`${key}: ${describe(context[key])}`);
    }
    if (context.sourceTraceback !== undefined) lines.push("Object created at:", context.sourceTraceback);
    this._report(lines.join("\n"), context.exception);
  }

  /** Reports through the handler that is set. A handler that throws is reported by the default one. */
  callExceptionHandler(context: ExceptionContext): void {
    const handler = this._exceptionHandler;
    addSource(context, context.task ?? context.future ?? context.handle);
    if (handler === null) return this._callDefault(context);
    try {
      const own = ownContext(context);
      const here = own === kernel.scope || own === kernel.currentTask?._scope;
      if (own === null || here) handler(this, context);
      else own.run(handler, this, context);
    } catch (error) {
      if (isExit(error)) throw error;
      this._callDefault({ message: "Unhandled error in exception handler", exception: error, context });
    }
  }

  private _callDefault(context: ExceptionContext): void {
    try {
      this.defaultExceptionHandler(context);
    } catch (error) {
      if (isExit(error)) throw error;
      this._report("Exception in default exception handler", error);
    }
  }

  /** @internal A future has failed. Most are asked for their exception within a turn or two. */
  _failed(future: Future<unknown>): void {
    const failures = this._failures;
    failures.push(future);
    if (failures.length < KEPT) return;
    for (const old of failures.splice(0, KEPT / 2)) if (old._unretrieved()) this._leave(old);
  }

  /** It is reported when it is collected, and at the latest by `close()`. */
  private _leave(future: Future<unknown>): void {
    const ref = new WeakRef(future);
    const context = unretrieved(future);
    const reports = new WeakRef(this);
    this._left.add(ref);
    this._refs.set(future, ref);
    const report = () => {
      const loop = reports.deref();
      if (loop?._left.delete(ref)) loop.callExceptionHandler(context);
    };
    collected?.register(future, report, future);
  }

  /** @internal The exception of a future has been seen: late, if the future has been left to the garbage collector. */
  _retrieved(future: Future<unknown>): void {
    const ref = this._left.size === 0 ? undefined : this._refs.get(future);
    if (ref === undefined) return;
    this._left.delete(ref);
    collected?.unregister(future); // it keeps the exception, and that may know the future
  }

  /** @internal The futures that have failed and may still have to be reported. */
  _kept(): (Future<unknown> | undefined)[] {
    const left = [...this._left].map((ref) => ref.deref());
    return [...left, ...this._failures];
  }

  /** @internal */
  protected reportUnretrieved(): void {
    const futures = this._kept();
    this._left.clear();
    this._failures = [];
    for (const future of futures) {
      if (!future?._unretrieved()) continue;
      collected?.unregister(future);
      this.callExceptionHandler({ ...unretrieved(future), future });
    }
  }
}

/** The context of the task or callback that the report is about. */
function ownContext(context: ExceptionContext): Context | null {
  const thing = (context.task ?? context.future ?? context.handle) as { getContext?(): Context } | undefined;
  return typeof thing?.getContext === "function" ? thing.getContext() : null;
}

function unretrieved(future: Future<unknown>): ExceptionContext {
  const context: ExceptionContext = {
    message: `${future.constructor.name} exception was never retrieved`,
    exception: future._value,
  };
  addSource(context, future);
  return context;
}

function addSource(context: ExceptionContext, thing: unknown): void {
  const source = sourceOf(thing);
  if (source !== null) context.sourceTraceback ??= source;
}
