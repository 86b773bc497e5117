/** Where exceptions go that no caller can get: the loop's exception handler. */

import { isExit } from "../base/errors.ts";
import type { Context } from "./context.ts";
import type { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
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
export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => unknown;

/** The reports of a loop: they go to the handler that is set, else to the loop's default one. */
export class ExceptionReports {
  handler: ExceptionHandler | null = null;
  private readonly loop: EventLoop;

  constructor(loop: EventLoop) {
    this.loop = loop;
  }

  /** Calls the handler. One that throws is reported by the default one. */
  call(context: ExceptionContext): void {
    const { handler, loop } = this;
    addSource(context, context.task ?? context.future ?? context.handle);
    if (handler === null) return this.callDefault(context);
    try {
      const own = ownContext(context);
      const here = own === kernel.context || own === kernel.currentTask?._context;
      if (own === null || here) handler(loop, context);
      else own.run(handler, loop, context);
    } catch (error) {
      if (isExit(error)) throw error;
      this.callDefault({ message: "Unhandled error in exception handler", exception: error, context }, true);
    }
  }

  /** By the loop's own method, which a subclass may have replaced. */
  private callDefault(context: ExceptionContext, handling = false): void {
    try {
      this.loop.defaultExceptionHandler(context);
    } catch (error) {
      if (isExit(error)) throw error;
      const meanwhile = handling ? " while handling an unexpected error in custom exception handler" : "";
      this.loop._report(`Exception in default exception handler${meanwhile}`, error);
    }
  }
}

/** The context of the task or callback that the report is about. */
function ownContext(context: ExceptionContext): Context | null {
  const thing = (context.task ?? context.future ?? context.handle) as { getContext?(): Context } | undefined;
  return typeof thing?.getContext === "function" ? thing.getContext() : null;
}

function addSource(context: ExceptionContext, thing: unknown): void {
  const source = kernel.diagnostics?.sourceOf(thing) ?? null;
  if (source !== null) context.sourceTraceback ??= source;
}
