// The cases of concurrent.futures with a worker of its own, on Redis and on PostgreSQL.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Postgres } from "../../../../tsyncio/test/node/services/pg/postgres.ts";
import { ClusterExecutor } from "../../../src/index.ts";
import { describeCases, type Place } from "../cases.ts";
import { PASSWORD, RedisServer } from "./redis.ts";
import { WorkerProcess } from "./workers.ts";

async function place(url: string, kind: "--threads" | "--processes", close: () => Promise<void>): Promise<Place> {
  const make = (): ClusterExecutor => new ClusterExecutor({ connection: url, queue: "cases", submitTimeout: 60 });
  const worker = await new WorkerProcess(url, "cases", [kind, "2"]).ready();
  return {
    executor: make(),
    other: make,
    async close() {
      await worker.end();
      await close();
    },
  };
}

describeCases("Redis, processes", async () => {
  const server = await RedisServer.start();
  return place(server.url, "--processes", () => server.stop());
});

describeCases("PostgreSQL, threads", async () => {
  const server = await Postgres.start();
  return place(server.connectionString, "--threads", () => server.stop());
});

describe("the connection to Redis", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  it("a wrong password is the error of the job, and is not shown", async () => {
    const wrong = new ClusterExecutor({ connection: `redis://:hunter2@127.0.0.1:${server.port}`, queue: "q" });
    const { add } = await import("../../simulated.ts");
    const error = await wrong.submit(add, 1, 2).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/WRONGPASS|NOAUTH|invalid/i);
    expect(`${error} ${(error as Error).stack} ${wrong}`).not.toContain("hunter2");
    await wrong.shutdown();
  });

  it("a Redis that removes keys is refused", async () => {
    const client = server.client();
    await client.config("SET", "maxmemory", "100mb");
    await client.config("SET", "maxmemory-policy", "allkeys-lru");
    const executor = new ClusterExecutor({ connection: server.url, queue: "q" });
    const { add } = await import("../../simulated.ts");
    await expect(executor.submit(add, 1, 2)).rejects.toThrow(/Set it to noeviction/);
    await executor.shutdown();
    await client.config("SET", "maxmemory-policy", "noeviction");
    client.disconnect();
  });

  it("that does not answer: a job fails after submitTimeout, and shutdown does not hang", async () => {
    const executor = new ClusterExecutor({ connection: "redis://127.0.0.1:1", queue: "q", submitTimeout: 0.3 });
    const { add } = await import("../../simulated.ts");
    const error = await executor.submit(add, 1, 2).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "TimeoutError" });
    expect(String(error)).toContain("redis://127.0.0.1:1 does not answer");
    expect(String(error)).not.toContain(PASSWORD);
    await executor.shutdown();
  });
});
