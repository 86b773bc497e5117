// The program `tsyncio worker`, on Redis: what it is started with, and what it says.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CancelledError } from "tsyncio";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CLI, nodeOptions } from "../../../../tsyncio/test/node/children.ts";
import * as jobs from "../../../../tsyncio/test/node/executors/jobs.ts";
import { ClusterExecutor } from "../../../src/index.ts";
import { add } from "../../simulated.ts";
import { failure, until } from "../outcomes.ts";
import { PASSWORD, RedisServer } from "./redis.ts";
import { WorkerProcess } from "./workers.ts";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-worker-"));
let server: RedisServer;
let cluster: ClusterExecutor;
let queue = "";
let tests = 0;
const workers: WorkerProcess[] = [];

const worker = (args: readonly string[] = []): Promise<WorkerProcess> => {
  const one = new WorkerProcess(server.url, queue, ["--threads", "2", ...args]);
  workers.push(one);
  return one.ready();
};

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** The program with its output, when it has ended by itself. */
function program(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const { TSYNCIO_CLUSTER: _, ...others } = process.env;
    const options = { env: { ...others, ...env } };
    execFile(process.execPath, [...nodeOptions, CLI, "worker", ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

const JOBS = fileURLToPath(new URL("../../simulated.ts", import.meta.url));

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  queue = `program-${++tests}`;
  cluster = new ClusterExecutor({ connection: server.url, queue, submitTimeout: 60 });
});
afterEach(async () => {
  for (const one of workers.splice(0)) await one.end("SIGKILL");
  await cluster.shutdown({ cancelFutures: true });
});

describe("--status", () => {
  it("shows the workers, what waits, and what runs since when, without the password", async () => {
    await worker();
    const running = cluster.options({ cancel: "terminate" }).submit(jobs.block, 3_600_000);
    await until(() => running.running());
    const waiting = cluster.options({ delay: 3600 }).submit(add, 1, 1);
    expect(await cluster.submit(add, 1, 1)).toBe(2);
    const { code, output } = await program(["--status", "--queue", queue], { TSYNCIO_CLUSTER: server.url });
    expect(code).toBe(0);
    expect(output).toContain(`queue ${queue} at redis://127.0.0.1:${server.port}: 1 worker; `);
    expect(output).toMatch(/0 waiting, 0 prioritized, 1 delayed, 1 active, 1 completed, 0 failed/);
    expect(output).toMatch(new RegExp(`^  ${running.id}  \\S+/jobs\\.ts#block  attempt 1, \\d+\\.\\d s$`, "m"));
    expect(output).not.toContain(PASSWORD);
    running.cancel();
    waiting.cancel();
    expect(await failure(running)).toBeInstanceOf(CancelledError);
  });
});

describe("--rate", () => {
  it("all workers together begin no more jobs than that", async () => {
    await Promise.all([worker(["--rate", "3/3600"]), worker(["--rate", "3/3600"])]);
    const limited = Array.from({ length: 8 }, (_, n) => cluster.submit(add, n, 1));
    const done = () => limited.filter((job) => job.done()).length;
    await until(() => done() === 3);
    // Others have their turn meanwhile: a worker of another queue does a whole job.
    const other = new ClusterExecutor({ connection: server.url, queue: `${queue}-other`, submitTimeout: 60 });
    const free = new WorkerProcess(server.url, `${queue}-other`, ["--threads", "1"]);
    workers.push(free);
    expect(await other.submit(add, 1, 1)).toBe(2);
    await other.shutdown();
    expect(done()).toBe(3);
  });
});

describe("--connection-file", () => {
  it("has the connection in its first line; what the program says has no password", async () => {
    const file = join(folder, "connection");
    writeFileSync(file, `${server.url}\nwhat follows is not read\n`);
    const one = new WorkerProcess("", queue, ["--threads", "1", "--connection-file", file]);
    workers.push(one);
    await one.ready();
    expect(await cluster.submit(add, 20, 3)).toBe(23);
    expect(one.output).toContain(`queue ${queue} at redis://127.0.0.1:${server.port}, 1 threads`);
    expect(one.output).not.toContain(PASSWORD);
  });
});

describe("what is wrong is said, with exit code 2", () => {
  it.each<[string, string[], Record<string, string>, string]>([
    ["no queue", [JOBS], {}, "worker needs --queue NAME"],
    ["no connection", [JOBS, "--queue", "q"], {}, "worker needs a connection: set TSYNCIO_CLUSTER"],
    [
      "a connection as an argument",
      [JOBS, "--queue", "q", "--connection", "redis://:hunter2@x"],
      {},
      "sees the arguments",
    ],
    [
      "a file that is not there",
      [JOBS, "--queue", "q", "--connection-file", "/no/such"],
      {},
      "there is no file /no/such",
    ],
    ["no modules", ["--queue", "q"], { TSYNCIO_CLUSTER: "redis://127.0.0.1:1" }, "worker needs the files of its jobs"],
    [
      "a rate that is none",
      [JOBS, "--queue", "q", "--rate", "5"],
      { TSYNCIO_CLUSTER: "redis://127.0.0.1:1" },
      "--rate must be JOBS/SECONDS",
    ],
    [
      "both kinds",
      [JOBS, "--queue", "q", "--threads", "1", "--processes", "1"],
      { TSYNCIO_CLUSTER: "redis://127.0.0.1:1" },
      "not in both",
    ],
    ["another engine", [JOBS, "--queue", "q"], { TSYNCIO_CLUSTER: "amqp://:hunter2@x" }, "connection must be"],
    ["in this process", [JOBS, "--queue", "q"], { TSYNCIO_CLUSTER: "embedded" }, "connection must be"],
  ])("%s", async (_name, args, env, text) => {
    const { code, output } = await program(args, env);
    expect(output).toContain(text);
    expect(code).toBe(2);
    expect(output).not.toContain("hunter2");
    expect(output).not.toMatch(/\n {4}at /);
  });
});
