/** How a span ends. */

import type { Span } from "@opentelemetry/api";
import { isCancelled } from "../base/errors.ts";
import { api } from "./api.ts";

/** Set to true where the block, or the task, has ended by a cancellation: that is no error. */
const CANCELLED = "tsyncio.cancelled";

export function endCancelled(span: Span): void {
  span.setAttribute(CANCELLED, true);
  span.end();
}

export function endFailed(span: Span, error: unknown): void {
  if (isCancelled(error)) return endCancelled(span);
  const message = error instanceof Error ? error.message : String(error);
  span.recordException(error instanceof Error ? error : message);
  span.setStatus({ code: api().SpanStatusCode.ERROR, message });
  span.end();
}
