/** Where the file is that workers load. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RuntimeError } from "../base/errors.ts";

let found: string | null = null;

/** Beside this module, in the source as in the build; a build may have put this module into a folder above. */
export function workerFile(): string {
  found ??= find();
  return found;
}

function find(): string {
  for (const path of ["./worker.ts", "./worker.js", "./executors/worker.js"]) {
    const file = fileURLToPath(new URL(path, import.meta.url));
    if (existsSync(file)) return file;
  }
  throw new RuntimeError(
    `the worker of tsyncio/executors is not beside ${import.meta.url}: has a bundler moved this module? ` +
      "Tell it that tsyncio is external",
  );
}
