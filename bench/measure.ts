/** Runs one workload of one system in this process and prints one line of JSON. */

/** What main.ts asks for, as JSON in the last argument. Times are milliseconds. */
export interface Order {
  readonly workload: string;
  readonly count: number;
  readonly warmUp: number;
  readonly repeats: number;
  readonly repeatAtLeast: number;
}

export interface Outcome {
  readonly value: number;
  readonly least: number;
  readonly greatest: number;
}

/**
 * Does the whole workload in a fresh event loop, and returns the number of operations done, as a check. `memory` calls
 * `probe` before there is any task, and again when all of them are blocked.
 */
export type Run = (count: number, probe: () => void) => Promise<number>;

/** The whole of a system's program: runs the workload that is ordered. */
export async function measure(program: Readonly<Record<string, Run>>): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? "{}") as Order;
  const run = program[order.workload];
  if (run === undefined) throw new Error(`there is no workload "${order.workload}" here`);
  if (process.send !== undefined) return serve(run, order);
  const outcome = order.workload === "memory" ? await heap(run, order) : await time(run, order);
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  // Some systems leave a timer or a worker behind; the measurement is over.
  process.exit(0);
}

/** Measures once for each message, and tells the nanoseconds of an operation: another process has its turn between. */
async function serve(run: Run, order: Order): Promise<void> {
  const once = timed(run, order);
  await once(order.warmUp);
  process.on("message", async () => process.send?.(await once()));
  process.send?.(null);
}

async function time(run: Run, order: Order): Promise<Outcome> {
  const once = timed(run, order);
  await once(order.warmUp);
  const figures: number[] = [];
  for (let repeat = 0; repeat < order.repeats; repeat += 1) figures.push(await once());
  return { value: median(figures), least: Math.min(...figures), greatest: Math.max(...figures) };
}

type Once = (atLeast?: number) => Promise<number>;

/** Nanoseconds of an operation, of runs that take long enough together. */
function timed(run: Run, { workload, count, repeatAtLeast }: Order): Once {
  return async (atLeast = repeatAtLeast) => {
    let spent = 0;
    let runs = 0;
    while (spent < atLeast || runs === 0) {
      const begun = performance.now();
      const done = await run(count, () => {});
      if (done !== count) throw new Error(`${workload}: ${done} operations instead of ${count}`);
      spent += performance.now() - begun;
      runs += 1;
    }
    return (spent * 1e6) / (runs * count);
  };
}

async function heap(run: Run, order: Order): Promise<Outcome> {
  const readings: number[] = [];
  const probe = (): void => {
    for (let i = 0; i < 4; i += 1) globalThis.gc?.();
    readings.push(process.memoryUsage().heapUsed);
  };
  if (globalThis.gc === undefined) throw new Error("memory needs --expose-gc");
  // Compiled code and what a library makes once should not count as the tasks' memory.
  await run(1_000, probe);
  readings.length = 0;
  const done = await run(order.count, probe);
  if (done !== order.count) throw new Error(`memory: ${done} tasks instead of ${order.count}`);
  const [before = 0, after = 0] = readings;
  const value = (after - before) / order.count;
  return { value, least: value, greatest: value };
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
