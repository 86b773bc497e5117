"use tsyncio";
// A pool of processes hashes the files of a folder, and a bar shows how far it is.
// Python: concurrent.futures.ProcessPoolExecutor, with `if __name__ == "__main__"`; it has no reports of a job.
// Usage: npm start -- executors/hashFiles [FOLDER]
import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { gather, run } from "tsyncio";
import { blocking, isMain, ProcessPoolExecutor, report } from "tsyncio/executors";

/** The SHA-256 of a file. Reports how many bytes it has read each time. */
export const hashFile = blocking(import.meta, function hashFile(path: string): string {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(1 << 20);
  const file = openSync(path, "r");
  try {
    for (;;) {
      const length = readSync(file, chunk);
      if (length === 0) return hash.digest("hex");
      hash.update(chunk.subarray(0, length));
      report(length);
    }
  } finally {
    closeSync(file);
  }
});

function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}

/** Returns the hashes; `show` is told the share of bytes that are done, from 0 to 1. */
export async function hashFiles(paths: readonly string[], show: (share: number) => void) {
  const total = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  let done = 0;
  await using pool = new ProcessPoolExecutor();
  const hash = async (path: string) => {
    const job = pool.submit(hashFile, path);
    for await (const bytes of job.progress<number>()) {
      done += bytes;
      show(done / total);
    }
    return await job;
  };
  return await gather(...paths.map((path) => hash(path)));
}

function showBar(share: number): void {
  const cells = Math.round(share * 40);
  const bar = "█".repeat(cells).padEnd(40, "░");
  if (process.stderr.isTTY) process.stderr.write(`\r${bar} ${Math.round(share * 100)} %${share < 1 ? "" : "\n"}`);
}

export async function main(folder: string) {
  const paths = filesIn(folder);
  const hashes = await hashFiles(paths, showBar);
  hashes.forEach((hash, i) => {
    console.log(`${hash}  ${relative(folder, paths[i] as string)}`);
  });
}

if (isMain(import.meta)) await run(main(process.argv[2] ?? import.meta.dirname));
