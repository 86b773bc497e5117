/** Jobs a second of 200 ms of processor time each: burners.ts URL QUEUE JOBS. */
import { ClusterExecutor } from "tsyncio-cluster";
import { burn } from "./jobs.ts";

const [url = "", queue = "", jobs = "1"] = process.argv.slice(2);
const cluster = new ClusterExecutor({ connection: url, queue });
const all = (count: number) => Promise.all(Array.from({ length: count }, () => cluster.submit(burn, 200)));
await all(4); // the workers have loaded the module
const begun = performance.now();
await all(Number(jobs));
console.log((Number(jobs) * 1000) / (performance.now() - begun));
process.exit(0);
