// Whether every package is built, from its sources as they are.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./bootstrap.mjs";

export function isBuilt() {
  const packages = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name));
  const built = packages.map((folder) => changes(join(folder, "dist")).filter(([path]) => path.endsWith(".js")));
  if (built.some((files) => files.length === 0)) return false;
  const settings = ["package.json", "tsconfig.build.json", "tsdown.config.ts"];
  const sources = packages.flatMap((folder) => ["src", ...settings].flatMap((name) => changes(join(folder, name))));
  return Math.min(...built.flat().map(time)) > Math.max(...sources.map(time));
}

/** What lies at `path`, it included, each with the time of its last change. A folder changes when a file is removed. */
function changes(path) {
  if (!existsSync(path)) return [];
  const inside = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }) : [];
  return [path, ...inside.map((name) => join(path, name))].map((each) => [each, statSync(each).mtimeMs]);
}

const time = ([, changed]) => changed;
