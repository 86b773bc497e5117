/** The compiler of native syntax, which is a package of its own: that of the project is taken. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, parse } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "./errors.ts";

const NAME = "tsyncio-transform";

/**
 * Where `tsyncio-transform/ENTRY` is for the modules in `folder`.
 *
 * @throws {UsageError} It is not installed there, or its version does not go with this one.
 */
export function resolveTransform(entry: "register" | "bun" | "repl", folder: string): URL {
  const require = createRequire(join(folder, "of-the-project.js"));
  let manifest: string;
  try {
    manifest = require.resolve(`${NAME}/package.json`);
  } catch {
    const why = `native syntax needs ${NAME}, which is not installed for ${folder}`;
    throw new UsageError(`${why}. Install it:\n\n  ${installCommand(folder, NAME)}`);
  }
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  if (!fits(version, ownVersion())) {
    const why = `${NAME} ${version} does not go with tsyncio ${ownVersion()}`;
    throw new UsageError(
      `${why}. Install the same version of both:\n\n  ${installCommand(folder, `${NAME}@${ownVersion()}`)}`,
    );
  }
  return pathToFileURL(require.resolve(`${NAME}/${entry}`));
}

/** The output of one minor version runs on the same and on the next. */
export function fits(compiler: string, runtime: string): boolean {
  const [ours, theirs] = [runtime, compiler].map((version) => version.split(".").map(Number)) as [number[], number[]];
  const behind = (ours[1] as number) - (theirs[1] as number);
  return ours[0] === theirs[0] && (behind === 0 || behind === 1);
}

export function ownVersion(): string {
  const manifest = createRequire(import.meta.url)("tsyncio/package.json") as { version: string };
  return manifest.version;
}

/**
 * By the lock file that lies in the folder, or above it; `dev` is "dev" for what a program needs only while it is made.
 */
export function installCommand(folder: string, name: string, dev: "dev" | "" = "dev"): string {
  const managers = [
    ["pnpm-lock.yaml", dev === "" ? "pnpm add" : "pnpm add --save-dev"],
    ["yarn.lock", dev === "" ? "yarn add" : "yarn add --dev"],
    ["bun.lock", dev === "" ? "bun add" : "bun add --dev"],
    ["bun.lockb", dev === "" ? "bun add" : "bun add --dev"],
    ["package-lock.json", dev === "" ? "npm install" : "npm install --save-dev"],
  ] as const;
  for (let at = folder; at !== parse(at).root; at = dirname(at)) {
    const found = managers.find(([lock]) => existsSync(join(at, lock)));
    if (found !== undefined) return `${found[1]} ${name}`;
  }
  return `npm install ${dev === "" ? "" : "--save-dev "}${name}`;
}
