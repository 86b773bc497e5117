// What machines do to each other: workers that are killed, stopped and ended. On Redis, with locks of two seconds.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BrokenExecutor } from "tsyncio/executors";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ClusterExecutor } from "../../../src/index.ts";
import { failure, until } from "../outcomes.ts";
import { record } from "./faultJobs.ts";
import { RedisServer } from "./redis.ts";
import { WorkerProcess } from "./workers.ts";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-faults-"));
const LOCK = ["--lock", "2", "--threads", "4"];
let server: RedisServer;
let cluster: ClusterExecutor;
let queue = "";
let file = "";
let tests = 0;
const workers: WorkerProcess[] = [];

const worker = async (...args: string[]): Promise<WorkerProcess> => {
  const one = new WorkerProcess(server.url, queue, [...LOCK, ...args]);
  workers.push(one);
  return one.ready();
};
const runs = (): number[] =>
  readFileSync(file, { encoding: "utf8", flag: "a+" }).split("\n").filter(Boolean).map(Number);

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  queue = `faults-${++tests}`;
  file = join(folder, queue);
  cluster = new ClusterExecutor({ connection: server.url, queue, submitTimeout: 60 });
  return async () => {
    for (const one of workers.splice(0)) await one.end("SIGKILL");
    await cluster.shutdown({ cancelFutures: true });
  };
});

it("a worker is killed: without retries its jobs fail with BrokenExecutor, and only those", async () => {
  const first = await worker();
  const jobs = Array.from({ length: 8 }, (_, n) => cluster.submit(record, file, n, n < 4 ? 3_600_000 : 1));
  await until(() => runs().length === 4);
  await first.end("SIGKILL");
  await worker();
  for (const job of jobs.slice(0, 4)) expect(await failure(job)).toBeInstanceOf(BrokenExecutor);
  expect(await Promise.all(jobs.slice(4))).toEqual([8, 10, 12, 14]);
  expect(runs().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it("a worker stands still until its lock has run out: another one delivers, and it does not", async () => {
  const first = await worker();
  const job = cluster.options({ retries: 3 }).submit(record, file, 1, 4000);
  let told = 0;
  job.addDoneCallback(() => told++);
  await until(() => runs().length === 1);
  first.child.kill("SIGSTOP");
  await worker();
  await until(() => runs().length === 2);
  first.child.kill("SIGCONT");
  expect(await job).toBe(2);
  expect(await cluster.submit(record, file, 5, 1)).toBe(10);
  expect([told, runs()]).toEqual([1, [1, 1, 5]]);
});

it("SIGTERM drains: what runs ends, what waits stays for others, and the program ends with 0", async () => {
  const first = await worker();
  const submit = (n: number) => cluster.submit(record, file, n, 1500);
  const jobs = [0, 1, 2, 3].map(submit);
  await until(() => runs().length === 4);
  const ended = first.end("SIGTERM");
  await until(() => first.output.includes("SIGTERM: takes no further jobs"));
  jobs.push(submit(4), submit(5));
  expect(await ended).toBe(0);
  expect(runs()).toHaveLength(4);
  await worker();
  expect(await Promise.all(jobs)).toEqual([0, 2, 4, 6, 8, 10]);
});

it("a second SIGTERM hands back: with retries a job runs again elsewhere, without it fails at once", async () => {
  const first = await worker();
  const once = cluster.submit(record, file, 1, 3_600_000);
  const again = cluster.options({ retries: 1 }).submit(record, file, 2, 3000);
  await until(() => runs().length === 2);
  first.child.kill("SIGTERM");
  await until(() => first.output.includes("SIGTERM: takes no further jobs"));
  expect(await first.end("SIGTERM")).toBe(0);
  expect(await failure(once)).toBeInstanceOf(BrokenExecutor);
  await worker();
  expect(await again).toBe(4);
});
