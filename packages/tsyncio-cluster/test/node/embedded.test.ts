import { ClusterExecutor } from "../../src/index.ts";
import { describeCases } from "./cases.ts";

describeCases('connection: "embedded"', async () => {
  const options = { connection: "embedded", queue: "cases" } as const;
  return { executor: new ClusterExecutor(options), other: () => new ClusterExecutor(options), close: async () => {} };
});
