// A worker whose modules are in native syntax: `tsyncio worker` compiles them, in its threads and processes too.
import { fileURLToPath } from "node:url";
import { CancelledError } from "tsyncio";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ClusterExecutor } from "../../../../src/index.ts";
import { failure, until } from "../../outcomes.ts";
import { RedisServer } from "../redis.ts";
import { WorkerProcess } from "../workers.ts";
import { lasting, sum } from "./jobs.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

it.each(["--threads", "--processes"])("%s: its jobs run as coroutines, and are cancelled as those", async (kind) => {
  const modules = [fileURLToPath(new URL("./jobs.ts", import.meta.url))];
  const worker = await new WorkerProcess(server.url, `native${kind}`, [kind, "1"], {}, modules).ready();
  const cluster = new ClusterExecutor({ connection: server.url, queue: `native${kind}`, submitTimeout: 60 });
  expect(await cluster.submit(sum, [1, 2, 3])).toBe(12);
  const job = cluster.submit(lasting);
  await until(() => job.running());
  expect(job.cancel()).toBe(true);
  expect(await failure(job)).toBeInstanceOf(CancelledError);
  // The same worker goes on.
  expect(await cluster.submit(sum, [4])).toBe(8);
  await cluster.shutdown();
  expect(await worker.end()).toBe(0);
});
