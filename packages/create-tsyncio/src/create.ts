/** Copies a template. */

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageName, type Syntax, type Template, UsageError } from "./options.ts";

const home = fileURLToPath(new URL("../", import.meta.url));
const source = join(home, "templates");

/**
 * Makes the project, and returns the paths of its files.
 *
 * @throws {UsageError} when the folder is not empty, or its name cannot be that of a package.
 */
export function create(directory: string, template: Template, syntax: Syntax): string[] {
  checkEmpty(directory);
  const files = filesOf(template, syntax);
  const manifest = JSON.parse(files.get("package.json") as string) as Record<string, object | undefined>;
  const { dependencies, devDependencies } = manifest;
  const name = packageName(directory, Object.keys({ ...dependencies, ...devDependencies }));
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
  for (const [path, text] of files) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text.replaceAll("{{name}}", name).replaceAll("{{version}}", `^${version}`), { flag: "wx" });
  }
  return [...files.keys()].sort();
}

/** @throws {UsageError} for a file, and for a folder that has more in it than `.git`. */
export function checkEmpty(directory: string): void {
  const there = statSync(directory, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isDirectory()) throw new UsageError(`${directory} is a file: name a folder that is new or empty`);
  const names = readdirSync(directory).filter((name) => name !== ".git");
  if (names.length === 0) return;
  const some = names.length > 3 ? [...names.slice(0, 3), "…"] : names;
  throw new UsageError(`${directory} is not empty, it has ${some.join(", ")}: name a folder that is new or empty`);
}

/** What is in the folder `all` comes first, so that what is special replaces it. */
function filesOf(template: Template, syntax: Syntax): Map<string, string> {
  const files = new Map<string, string>();
  for (const layer of ["all", syntax, join(template, "all"), join(template, syntax)]) {
    const folder = join(source, layer);
    for (const path of walk(folder)) {
      // A leading "_" keeps npm and tools from taking these for files of this package: npm leaves .gitignore out, for
      // one.
      files.set(path.replace(/^_/, ""), readFileSync(join(folder, path), "utf8"));
    }
  }
  return files;
}

function walk(folder: string, under = ""): string[] {
  return readdirSync(join(folder, under), { withFileTypes: true }).flatMap((entry) => {
    const path = under === "" ? entry.name : `${under}/${entry.name}`;
    return entry.isDirectory() ? walk(folder, path) : [path];
  });
}
