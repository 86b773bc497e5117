/** The builds in this work tree. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What is published is what counts, unless it is older than the source. */
export function buildIsFresh(name = "tsyncio"): boolean {
  const build = here(`../packages/${name}/dist/index.js`);
  const source = here(`../packages/${name}/src`);
  if (!existsSync(build)) return false;
  const files = readdirSync(source, { recursive: true, encoding: "utf8" });
  const newest = Math.max(...files.map((file) => statSync(`${source}/${file}`).mtimeMs));
  return statSync(build).mtimeMs >= newest;
}
