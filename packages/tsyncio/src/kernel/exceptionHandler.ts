/** Where exceptions go that no caller can get: the loop's exception handler. */

import { describe } from "../base/describe.ts";
import { isExit } from "../base/errors.ts";
import { checkPlainOrNull } from "./callables.ts";
import type { Context } from "./context.ts";
import { sourceOf } from "./debugMode.ts";
import type { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { kernel } from "./state.ts";
import { Unretrieved } from "./unretrieved.ts";

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

/** The part of a loop that reports. */
export abstract class ExceptionReports {
  private _exceptionHandler: ExceptionHandler | null = null;
  /** @internal */ readonly _unretrieved: Unretrieved = new Unretrieved(this as unknown as EventLoop);

  /** @internal */ abstract _report(text: string, error?: unknown): void;

  getExceptionHandler(): ExceptionHandler | null {
    return this._exceptionHandler;
  }

  /** `handler(loop, context)` is called for each exception that nobody can catch; null is the default handler. */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    checkPlainOrNull(handler, "an exception handler must be a function or null");
    this._exceptionHandler = handler;
  }

  /** Writes the message, the other entries of the context, and the exception with its stack. */
  defaultExceptionHandler(context: ExceptionContext): void {
    const message = context.message || "Unhandled exception in event loop";
    const lines = [message];
    for (const key of Object.keys(context).sort()) {
      if (key === "context") lines.push(`context: ${describeContext(context[key])}`);
      else if (key !== "message" && key !== "exception" && key !== "sourceTraceback")
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
      this._callDefault({ message: "Unhandled error in exception handler", exception: error, context }, true);
    }
  }

  private _callDefault(context: ExceptionContext, handling = false): void {
    try {
      this.defaultExceptionHandler(context);
    } catch (error) {
      if (isExit(error)) throw error;
      const meanwhile = handling ? " while handling an unexpected error in custom exception handler" : "";
      this._report(`Exception in default exception handler${meanwhile}`, error);
    }
  }
}

/** Of a report that a handler has failed with: its error must not be lost for that of the handler. */
function describeContext(context: unknown): string {
  const { message, exception } = (context ?? {}) as Partial<ExceptionContext>;
  if (typeof message !== "string") return describe(context);
  if (exception === undefined) return message;
  return `${message}: ${(exception instanceof Error && exception.stack) || describe(exception)}`;
}

/** The context of the task or callback that the report is about. */
function ownContext(context: ExceptionContext): Context | null {
  const thing = (context.task ?? context.future ?? context.handle) as { getContext?(): Context } | undefined;
  return typeof thing?.getContext === "function" ? thing.getContext() : null;
}

function addSource(context: ExceptionContext, thing: unknown): void {
  const source = sourceOf(thing);
  if (source !== null) context.sourceTraceback ??= source;
}
