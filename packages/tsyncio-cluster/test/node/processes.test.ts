import { ProcessPoolExecutor } from "tsyncio/executors";
import { SimulatedCluster } from "../../src/testing.ts";
import { describeCases } from "./cases.ts";

describeCases("the queue in memory, processes", async () => {
  const pool = new ProcessPoolExecutor(2);
  const cluster = new SimulatedCluster();
  cluster.worker({ slots: 2, pool });
  return { executor: cluster.executor(), other: () => cluster.executor(), close: () => pool.shutdown() };
});
