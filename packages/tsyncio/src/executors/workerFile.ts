/** Where the files are that workers load. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RuntimeError } from "../base/errors.ts";

/** Of a thread, and of a process. */
type Name = "worker" | "workerProcess";

const found = new Map<Name, string>();

/** Beside this module, in the source as in the build; a build may have put this module into a folder above. */
export function workerFile(name: Name): string {
  let file = found.get(name);
  if (file === undefined) {
    file = find(name);
    found.set(name, file);
  }
  return file;
}

function find(name: Name): string {
  for (const path of [`./${name}.ts`, `./${name}.js`, `./executors/${name}.js`]) {
    const file = fileURLToPath(new URL(path, import.meta.url));
    if (existsSync(file)) return file;
  }
  throw new RuntimeError(
    `the worker of tsyncio/executors is not beside ${import.meta.url}: has a bundler moved this module? ` +
      "Tell it that tsyncio is external",
  );
}
