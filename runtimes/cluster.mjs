// Submitters of tsyncio-cluster on each runtime, to Redis and to PostgreSQL: a worker on the newer Node does their
// jobs.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findPostgres, Postgres } from "../packages/tsyncio/test/node/services/pg/postgres.ts";
import { RedisServer } from "../packages/tsyncio-cluster/test/node/services/redis.ts";
import { capture, root } from "../scripts/lib/bootstrap.mjs";

const QUEUE = "submitters";
const LIMIT = 120_000; // milliseconds that one submitter may take

const FILES = {
  "package.json": '{ "name": "submitters", "type": "module" }',
  "jobs.mjs": `import { sleep, ValueError } from "tsyncio";
import { blocking, report } from "tsyncio/executors";
export const echo = blocking(import.meta, function echo(value) { return value; });
export const fail = blocking(import.meta, function fail() { throw new ValueError("not a good value"); });
export const count = blocking(import.meta, function count(n) { for (let i = 1; i <= n; i++) report(i); return n; });
export const endless = blocking(import.meta, function* endless() { yield* sleep(1e6); });
`,
  "submit.mjs": `import { isDeepStrictEqual } from "node:util";
import { CancelledError, gather, run, ValueError } from "tsyncio";
import { ClusterExecutor } from "tsyncio-cluster";
import { count, echo, endless, fail } from "./jobs.mjs";

const cluster = new ClusterExecutor({ connection: process.env.TSYNCIO_CLUSTER, queue: "${QUEUE}", submitTimeout: 60 });
const same = (what, found, expected) => {
  if (!isDeepStrictEqual(found, expected)) throw new Error(\`\${what}: \${String(found)}\`);
};
const errorOf = (job) => job.then(() => null, (error) => error);

const value = { map: new Map([["a", new Set([2n ** 70n])]]), date: new Date(5), bytes: new Uint8Array([1, 2]), none: undefined };
same("a value", await cluster.submit(echo, value), value);
const error = await errorOf(cluster.submit(fail));
same("an error", [error instanceof ValueError, error.message], [true, "not a good value"]);
const counting = cluster.submit(count, 3);
const reports = [];
for await (const n of counting.progress()) reports.push(n);
same("progress", [reports, await counting], [[1, 2, 3], 3]);
const mapped = [];
for await (const n of cluster.map(echo, [1, 2, 3], { chunksize: 2 })) mapped.push(n);
same("map", mapped, [1, 2, 3]);
const job = cluster.submit(endless);
while (!job.running()) await new Promise((resolve) => setTimeout(resolve, 5));
same("cancel", job.cancel(), true);
same("its error", (await errorOf(job)) instanceof CancelledError, true);
function* main() {
  return yield* gather(...[1, 2, 3].map((n) => cluster.submit(echo, n)));
}
same("in a task", await run(main()), [1, 2, 3]);
await cluster.shutdown();
console.log("done");
`,
};

/** What is not there; null where all is. */
function missing() {
  const paths = (process.env.PATH ?? "").split(delimiter);
  const packages = [
    ...(paths.some((path) => existsSync(join(path, "redis-server"))) ? [] : ["redis-server"]),
    ...(findPostgres() === null ? ["postgresql"] : []),
  ];
  return packages.length === 0 ? null : `needs Debian's ${packages.join(" and ")}`;
}

export class Submitters {
  #folder;
  #servers = {};
  #children = [];

  /**
   * In a folder below the workspace, whose packages the programs import as they are built. Without the servers nothing
   * is tried, which is said.
   */
  async start(folder) {
    const lacks = missing();
    if (lacks !== null) return console.log(`SKIPPED: submitters of tsyncio-cluster, which ${lacks}`);
    process.once("exit", () => void this.stop()); // this process may be ended
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
    const redis = await RedisServer.start();
    this.#servers.Redis = { url: redis.url, stop: () => redis.stop() };
    const postgres = await Postgres.start();
    this.#servers.PostgreSQL = { url: postgres.connectionString, stop: () => postgres.stop() };
    for (const { url } of Object.values(this.#servers)) this.#startWorker(url);
  }

  /** Jobs wait until it is there. */
  #startWorker(url) {
    const program = join(root, "packages", "tsyncio", "dist", "cli", "main.js");
    const args = [program, "worker", join(this.#folder, "jobs.mjs"), "--queue", QUEUE, "--threads", "2"];
    const env = { ...process.env, TSYNCIO_CLUSTER: url };
    this.#children.push(spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "inherit"] }));
  }

  /** Returns the servers that the jobs went to, and what went wrong with the others. */
  async on(program, options) {
    const held = [];
    const failures = [];
    for (const [name, { url }] of Object.entries(this.#servers)) {
      const env = { ...process.env, TSYNCIO_CLUSTER: url, NO_COLOR: "1", NODE_OPTIONS: "" };
      const args = [...options, join(this.#folder, "submit.mjs")];
      const { code, output, timedOut } = await capture(program, args, { cwd: this.#folder, env, limit: LIMIT });
      if (code === 0 && output.endsWith("done\n")) held.push(name);
      else failures.push(`${name}: ${timedOut ? "it did not end" : `exit code ${code}`}\n${output}`);
    }
    return { held, failures };
  }

  async stop() {
    for (const child of this.#children.splice(0)) child.kill("SIGKILL");
    await Promise.all(Object.values(this.#servers).map(({ stop }) => stop()));
  }
}
