/** A program that submits one job: oneJob.ts URL. Prints its result, or its error. */

import { ClusterExecutor } from "tsyncio-cluster";
import { add } from "../../simulated.ts";

const cluster = new ClusterExecutor({ connection: process.argv[2] ?? "", queue: "tls", submitTimeout: 5 });
try {
  console.log(await cluster.submit(add, 40, 2));
} catch (error) {
  console.log(String(error));
}
await cluster.shutdown();
