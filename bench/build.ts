/** The builds in this work tree, and its compiler. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Options of Node that compile native syntax as it loads. */
export const NATIVE_SYNTAX: readonly string[] = [
  "--import",
  here("../packages/tsyncio-transform/src/fronts/register.ts"),
];

/** What is published is what counts, unless it is older than the source. */
export function buildIsFresh(name = "tsyncio"): boolean {
  const build = here(`../packages/${name}/dist/index.js`);
  const source = here(`../packages/${name}/src`);
  if (!existsSync(build)) return false;
  const files = readdirSync(source, { recursive: true, encoding: "utf8" });
  const newest = Math.max(...files.map((file) => statSync(`${source}/${file}`).mtimeMs));
  return statSync(build).mtimeMs >= newest;
}
