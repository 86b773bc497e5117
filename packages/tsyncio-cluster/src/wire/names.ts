/**
 * The name of a function for other machines: package, path inside it, function. Where a package lies differs between
 * them.
 */

import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, parse, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A module's part of the name. */
export interface ModuleName {
  /** The name in the nearest package.json that has one; empty where there is none. */
  readonly package: string;
  /** In the package, with `/`. */
  readonly path: string;
}

const known = new Map<string, ModuleName>();

export function moduleName(url: string): ModuleName {
  let name = known.get(url);
  if (name === undefined) {
    name = find(url);
    known.set(url, name);
  }
  return name;
}

/** "package/path#function" */
export function functionName({ package: pkg, path }: ModuleName, name: string): string {
  return `${pkg === "" ? "" : `${pkg}/`}${path}#${name}`;
}

function find(url: string): ModuleName {
  if (!url.startsWith("file:")) return { package: "", path: url };
  const file = fileURLToPath(url);
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const name = packageName(join(folder, "package.json"));
    if (name !== null) return { package: name, path: relative(folder, file).split(sep).join("/") };
    if (folder === parse(folder).root) return { package: "", path: basename(file) };
  }
}

function packageName(manifest: string): string | null {
  if (!existsSync(manifest)) return null;
  try {
    const { name } = JSON.parse(readFileSync(manifest, "utf8")) as { name?: unknown };
    return typeof name === "string" ? name : null;
  } catch {
    return null;
  }
}
