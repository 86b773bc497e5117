"use tsyncio";
// The files of a folder are hashed by the workers of a cluster, and a bar shows how far they are. The folder is one
// that all machines see under the same path.
// Python: a concurrent.futures.Executor of dask.distributed or ray, which have no reports of a job.
// Usage: npm start -- cluster/hashFolder [FOLDER]: by itself; or with workers that this has started before, on any
// machine:
//   TSYNCIO_CLUSTER=redis://… npx tsyncio worker examples/executors/hashFiles.ts --queue hashing
import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { run, TaskGroup } from "tsyncio";
import { isMain } from "tsyncio/executors";
import { ClusterExecutor } from "tsyncio-cluster";
import { hashFile } from "../executors/hashFiles.ts"; // the same job as in the pool of one machine

export async function hashFolder(folder: string, connection: string, show: (share: number) => void) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const paths = names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
  const total = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  let done = 0;

  await using cluster = new ClusterExecutor({ connection, queue: "hashing", retries: 2, retention: 60 });
  const hashes = new Map<string, string>();
  const hash = async (path: string) => {
    const job = cluster.submit(hashFile, path);
    let read = 0;
    for await (const bytes of job.progress<number>()) {
      read += bytes;
      done += bytes;
      // One that runs again, because its machine is gone, reads again what it had read.
      show(Math.min(1, done / total));
    }
    done += statSync(path).size - read;
    hashes.set(relative(folder, path), await job);
  };
  {
    await using group = new TaskGroup();
    for (const path of paths) group.createTask(hash(path));
  }
  show(1);
  return hashes;
}

function showBar(share: number): void {
  const cells = Math.round(share * 40);
  const bar = "█".repeat(cells).padEnd(40, "░");
  if (process.stderr.isTTY) process.stderr.write(`\r${bar} ${Math.round(share * 100)} %${share < 1 ? "" : "\n"}`);
}

export async function main(folder: string) {
  const hashes = await hashFolder(folder, process.env.TSYNCIO_CLUSTER ?? "embedded", showBar);
  for (const [name, hash] of [...hashes].sort()) console.log(`${hash}  ${name}`);
}

if (isMain(import.meta)) await run(main(process.argv[2] ?? import.meta.dirname));
