/** A program that submits jobs and waits for them: submitter.ts URL QUEUE FILE JOBS MS. Prints their ids, as JSON. */

import { ClusterExecutor } from "tsyncio-cluster";
import { execute } from "./faultJobs.ts";

const [connection = "", queue = "", file = "", jobs = "1", ms = "1"] = process.argv.slice(2);
const cluster = new ClusterExecutor({ connection, queue, submitTimeout: 60, retries: 100 });
const all = Array.from({ length: Number(jobs) }, (_, n) => cluster.submit(execute, file, n, Number(ms)));
console.log(JSON.stringify(all.map(({ id }) => id)));
await Promise.all(all);
