/** What the command `tsyncio-transform` does. */

import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { TransformError } from "./errors.ts";
import { print } from "./print.ts";
import { transform } from "./transform.ts";

const HELP = `Usage:
  tsyncio-transform PATH…            compiles the marked modules among JavaScript files, in place: what tsc has emitted
  tsyncio-transform --out DIR PATH   writes all files of a folder to another, the marked ones compiled: for Deno
  tsyncio-transform --print FILE…    shows the generator form of files, which needs no compiler

A module is marked by "use tsyncio" as its first statement. Folders named node_modules are left out.
For tsc, "target" must be "esnext": older targets replace await using by code that closes without the error.
`;

interface Output {
  write(text: string): unknown;
}

/** Returns the exit code: 1 where a file cannot be compiled, 2 for arguments that mean nothing. */
export function main(args: readonly string[], out: Output, err: Output): number {
  let options: ReturnType<typeof parse>;
  try {
    options = parse(args);
  } catch (error) {
    err.write(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  const { values, positionals } = options;
  if (values.help || positionals.length === 0) {
    (values.help ? out : err).write(HELP);
    return values.help ? 0 : 2;
  }
  try {
    return values.print ? printAll(positionals, out, err) : compileAll(positionals, values.out, out, err);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    err.write(`${error.message}\n`);
    return 1;
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" }, print: { type: "boolean" }, out: { type: "string" } },
  });
}

function printAll(files: readonly string[], out: Output, err: Output): number {
  return worst(files, err, (file) => {
    const printed = print(readFileSync(file, "utf8"), { filename: file });
    if (printed !== null) out.write(printed);
    else err.write(`${file}: does not begin with "use tsyncio"\n`);
    return printed === null ? 1 : 0;
  });
}

function compileAll(paths: readonly string[], folder: string | undefined, out: Output, err: Output): number {
  let compiled = 0;
  let seen = 0;
  const code = worst(
    paths.flatMap((path) => filesIn(path).map((file) => ({ file, path }))),
    err,
    ({ file, path }) => {
      const target = folder === undefined ? file : join(folder, relative(path, file) || file);
      if (folder !== undefined) mkdirSync(dirname(target), { recursive: true });
      seen += 1;
      const result = SOURCE.test(file) ? transform(readFileSync(file, "utf8"), { filename: file }) : null;
      if (result === null) {
        if (folder !== undefined) copyFileSync(file, target);
        return 0;
      }
      if (folder === undefined && !EMITTED.test(file)) {
        err.write(`${file}: is a source, and would be overwritten: name a folder for the output with --out\n`);
        return 1;
      }
      for (const { line, column, message } of result.warnings)
        err.write(`${file}:${line}:${column}: warning: ${message}\n`);
      writeFileSync(target, result.code);
      compiled += 1;
      return 0;
    },
  );
  out.write(`${compiled} of ${seen} files compiled\n`);
  return code;
}

const SOURCE = /\.[cm]?[jt]sx?$/;
const EMITTED = /\.[cm]?js$/;

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesIn(inner);
    return entry.isFile() ? [inner] : [];
  });
}

/** The greatest exit code. What cannot be compiled is told, and does not keep the others from being compiled. */
function worst<T>(items: readonly T[], err: Output, each: (item: T) => number): number {
  return Math.max(
    0,
    ...items.map((item) => {
      try {
        return each(item);
      } catch (error) {
        if (!(error instanceof TransformError)) throw error;
        err.write(`${error.message}\n`);
        return 1;
      }
    }),
  );
}
