/** OpenTelemetry's SDK as programs set it up, with exporters that keep what they get. */

import { context, metrics, type Span, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base";

export class Sdk implements Disposable {
  /** The names of the spans that have begun and have not ended. */
  readonly open: string[] = [];
  private readonly spans = new InMemorySpanExporter();
  private readonly figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  private readonly reader = new PeriodicExportingMetricReader({ exporter: this.figures, exportIntervalMillis: 1e8 });

  constructor() {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const watching: SpanProcessor = {
      onStart: ({ name }) => void this.open.push(name),
      onEnd: ({ name }) => void this.open.splice(this.open.indexOf(name), 1),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const spanProcessors = [watching, new SimpleSpanProcessor(this.spans)];
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [this.reader] }));
  }

  [Symbol.dispose](): void {
    for (const api of [context, trace, metrics]) api.disable();
  }

  /** Those that have ended, in that order. */
  get ended(): ReadableSpan[] {
    return this.spans.getFinishedSpans();
  }

  span(name: string): ReadableSpan {
    const found = this.ended.filter((span) => span.name === name);
    if (found.length !== 1) throw new Error(`${found.length} spans are called ${name}`);
    return found[0] as ReadableSpan;
  }

  /** Each span as `parent > name`, in the order in which they have ended. */
  tree(): string[] {
    const names = new Map(this.ended.map((span) => [span.spanContext().spanId, span.name]));
    return this.ended.map(({ name, parentSpanContext }) => {
      const parent = parentSpanContext === undefined ? undefined : names.get(parentSpanContext.spanId);
      return parent === undefined ? name : `${parent} > ${name}`;
    });
  }

  /** The values of a metric, by their attributes. */
  async metric(name: string): Promise<Map<string, unknown>> {
    await this.reader.forceFlush();
    const scopes = this.figures.getMetrics().at(-1)?.scopeMetrics ?? [];
    const found = scopes.flatMap((scope) => scope.metrics).find((metric) => metric.descriptor.name === name);
    return new Map(found?.dataPoints.map((point) => [Object.values(point.attributes).join(), point.value]));
  }
}

/** What another library would take for the parent of its spans here and now. */
export function active(): Span | undefined {
  return trace.getActiveSpan();
}

/** A span of another library: it begins and ends here. */
export function elsewhere(name: string): void {
  trace.getTracer("another library").startSpan(name).end();
}
