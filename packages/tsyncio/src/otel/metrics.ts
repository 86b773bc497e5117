/** Figures of the loops, the tasks and the queues of this thread. */

import type { ObservableCallback } from "@opentelemetry/api";
import { describe } from "../base/describe.ts";
import { DISPOSE } from "../base/dispose.ts";
import { loopsOfThread, stateOf } from "../diagnostics/look.ts";
import { meter } from "./api.ts";

/** How often a timer is looked at, in milliseconds. */
const TICK = 50;
/** In seconds. */
const LAGS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** The part of a queue that is looked at. */
interface Sized {
  qsize(): number;
}

interface Observed {
  readonly name: string;
  readonly queue: WeakRef<Sized>;
}

const queues = new Set<Observed>();

/**
 * From now on the metric `tsyncio.queue.size` has the number of items of the queue, with the attribute `queue`, until
 * what is returned is disposed of, or the queue is collected. See `instrument`.
 *
 *     using _ = observeQueue("jobs", queue);
 *
 * @throws TypeError if `name` is no string, or `queue` no queue.
 */
export function observeQueue(name: string, queue: Sized): Disposable {
  if (typeof name !== "string") throw new TypeError(`observeQueue expects a name, got ${describe(name)}`);
  if (typeof queue?.qsize !== "function") throw new TypeError(`observeQueue expects a queue, got ${describe(queue)}`);
  const observed = { name, queue: new WeakRef(queue) };
  queues.add(observed);
  return { [DISPOSE]: () => void queues.delete(observed) } as Disposable;
}

/** Begins to measure. Returns what ends it. */
export function measure(): () => void {
  const from = meter();
  const lags = from.createHistogram("tsyncio.loop.lag", {
    description: "How late timers were",
    unit: "s",
    advice: { explicitBucketBoundaries: LAGS },
  });
  const tasks = from.createObservableUpDownCounter("tsyncio.tasks", { description: "Tasks by state", unit: "{task}" });
  const sizes = from.createObservableGauge("tsyncio.queue.size", { description: "Items in a queue", unit: "{item}" });
  tasks.addCallback(countTasks);
  sizes.addCallback(countItems);
  const stopTicking = tick((lag) => lags.record(lag));
  return () => {
    stopTicking();
    tasks.removeCallback(countTasks);
    sizes.removeCallback(countItems);
  };
}

const countTasks: ObservableCallback = (result) => {
  const counts = { new: 0, ready: 0, running: 0, waiting: 0 };
  for (const loop of loopsOfThread()) {
    for (let task = loop._tasks.first; task !== null; task = task._next) counts[stateOf(task)]++;
  }
  for (const [state, count] of Object.entries(counts)) result.observe(count, { state });
};

const countItems: ObservableCallback = (result) => {
  for (const observed of queues) {
    const queue = observed.queue.deref();
    if (queue === undefined) queues.delete(observed);
    else result.observe(queue.qsize(), { queue: observed.name });
  }
};

/** Tells again and again how many seconds late a timer was. Holds no process. */
function tick(tell: (lag: number) => void): () => void {
  let due = performance.now() + TICK;
  const timer = setInterval(() => {
    const now = performance.now();
    tell(Math.max(0, now - due) / 1000);
    due = now + TICK;
  }, TICK);
  (timer as { unref?(): void }).unref?.();
  return () => clearInterval(timer);
}
