/** What the default exception handler writes. */

import { describe } from "../base/describe.ts";
import type { ExceptionContext } from "../kernel/exceptionHandler.ts";

/** The message, and the other entries of the context, for people. */
export function reportText(context: ExceptionContext): string {
  const lines = [context.message || "Unhandled exception in event loop"];
  for (const key of Object.keys(context).sort()) {
    if (key === "context") lines.push(`context: ${describeContext(context[key])}`);
    else if (key !== "message" && key !== "exception" && key !== "sourceTraceback")
      lines.push(`${key}: ${describe(context[key])}`);
  }
  if (context.sourceTraceback !== undefined) lines.push("Object created at:", context.sourceTraceback);
  return lines.join("\n");
}

/** Of a report that a handler has failed with: its error must not be lost for that of the handler. */
function describeContext(context: unknown): string {
  const { message, exception } = (context ?? {}) as Partial<ExceptionContext>;
  if (typeof message !== "string") return describe(context);
  if (exception === undefined) return message;
  return `${message}: ${(exception instanceof Error && exception.stack) || describe(exception)}`;
}
