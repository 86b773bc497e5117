/**
 * One small program, twice: three tasks that wait four, three and three times, and count after each wait. Each wait is
 * a place where another task may come first, ten in all. Nothing is wrong with it: the whole budget is spent.
 */
import { asyncProperty, check, type Scheduler, scheduler } from "fast-check";
import { gather, sleep } from "tsyncio";
import { type ExploreOptions, explore } from "tsyncio/testing";

/** Runs `count` schedules; `seed` determines which. */
export type Run = (count: number, seed: number) => Promise<void>;

const WAITS = [4, 3, 3] as const;
const SUM = 10;

function* tasks() {
  let sum = 0;
  function* task(waits: number) {
    for (let i = 0; i < waits; i += 1) {
      yield* sleep(0.001);
      sum += 1;
    }
  }
  yield* gather(...WAITS.map(task));
  if (sum !== SUM) throw new Error(`the sum is ${sum}`);
}

const tsyncio =
  (options: ExploreOptions): Run =>
  async (count, seed) => {
    const { schedules } = explore(tasks, { ...options, iterations: count, timeMs: null, seed });
    if (schedules !== count) throw new Error(`${schedules} schedules instead of ${count}`);
  };

async function promises(s: Scheduler): Promise<void> {
  let sum = 0;
  const task = async (waits: number): Promise<void> => {
    for (let i = 0; i < waits; i += 1) {
      await s.schedule(Promise.resolve());
      sum += 1;
    }
  };
  await s.waitFor(Promise.all(WAITS.map(task)));
  if (sum !== SUM) throw new Error(`the sum is ${sum}`);
}

/** Each of its runs is a schedule. */
async function fastCheck(count: number, seed: number): Promise<void> {
  const { failed, numRuns } = await check(asyncProperty(scheduler(), promises), { numRuns: count, seed });
  if (failed || numRuns !== count) throw new Error(`${numRuns} runs instead of ${count}, failed: ${failed}`);
}

export const programs: Readonly<Record<string, Run>> = {
  tsyncio: tsyncio({}),
  "tsyncio-random": tsyncio({ strategy: "random" }),
  "tsyncio-any": tsyncio({ model: "any" }),
  "fast-check": fastCheck,
};
