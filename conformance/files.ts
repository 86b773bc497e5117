/** Reads files of cases. The only part of the interpreter that needs Node. */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { BadProgram, type Case, parseCases } from "./program.ts";

/** The repository's own cases. */
export const DEFAULT_FILES = ["cases/basic.jsonl", "cases/random.jsonl.gz"].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
);

/** Very many small random ones. They are for what runs them in one go: a test for each is too much. */
export const FUZZ_FILE = fileURLToPath(new URL("cases/fuzz.jsonl.gz", import.meta.url));

/** The cases of a `.jsonl` or `.jsonl.gz` file. Throws BadProgram that names the file, and the line if it has one. */
export function readCases(path: string): Case[] {
  try {
    const data = readFileSync(locate(path));
    return parseCases((path.endsWith(".gz") ? gunzipSync(data) : data).toString("utf8"));
  } catch (error) {
    throw new BadProgram(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** npm runs scripts in the package's folder; a path means the folder from which npm was called. */
function locate(path: string): string {
  const called = resolve(process.env.INIT_CWD ?? ".", path);
  return existsSync(called) ? called : resolve(path);
}
