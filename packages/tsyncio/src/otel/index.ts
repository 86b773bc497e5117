/** OpenTelemetry: spans of blocks and tasks, and metrics of loops, tasks and queues. */

export { type Instrumentation, type InstrumentOptions, instrument } from "./instrument.ts";
export { observeQueue } from "./metrics.ts";
export { type SpanScope, span, withSpan } from "./span.ts";
