import { ThreadPoolExecutor } from "tsyncio/executors";
import { SimulatedCluster } from "../../src/testing.ts";
import { describeCases } from "./cases.ts";

describeCases("the queue in memory, threads", async () => {
  const pool = new ThreadPoolExecutor(2);
  const cluster = new SimulatedCluster();
  cluster.worker({ slots: 2, pool });
  return { executor: cluster.executor(), other: () => cluster.executor(), close: () => pool.shutdown() };
});
