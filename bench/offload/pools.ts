/** Prints jobs a second of one kind as JSON: pools.ts KIND JOBS REPEATS. As many threads as processors, all warm. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";
import { type Future, gather, getRunningLoop, run } from "tsyncio";
import { ThreadPoolExecutor } from "tsyncio/executors";
import { median } from "../measure.ts";
import { add } from "./jobs.ts";

const [kind = "", jobs = 0, repeats = 0] = process.argv.slice(2).map((arg, i) => (i === 0 ? arg : Number(arg))) as [
  string,
  number,
  number,
];
const threads = availableParallelism();

const kinds: Record<string, () => Promise<() => Promise<number[]>>> = {
  async tsyncio() {
    const pool = new ThreadPoolExecutor(threads);
    return () =>
      run(
        (function* () {
          const loop = getRunningLoop();
          const futures: Future<number>[] = [];
          for (let i = 0; i < jobs; i += 1) futures.push(loop.runInExecutor(pool, add, i, 1));
          return yield* gather(...futures);
        })(),
      );
  },

  async tinypool() {
    const filename = fileURLToPath(new URL("tinypoolJob.ts", import.meta.url));
    const pool = new Tinypool({ filename, name: "add", minThreads: threads, maxThreads: threads });
    return () => {
      const promises: Promise<number>[] = [];
      for (let i = 0; i < jobs; i += 1) promises.push(pool.run([i, 1]));
      return Promise.all(promises);
    };
  },
};

const once = await kinds[kind]?.();
if (once === undefined) throw new Error(`there is no pool "${kind}" here`);
const figures: number[] = [];
for (let i = -2; i < repeats; i += 1) {
  const begun = performance.now();
  const results = await once();
  const took = performance.now() - begun;
  if (results.length !== jobs || results.some((result, n) => result !== n + 1))
    throw new Error(`${kind}: wrong results`);
  if (i >= 0) figures.push((jobs * 1000) / took);
}
console.log(median(figures));
process.exit(0);
