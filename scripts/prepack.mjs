// What npm runs in a package before it packs it: the licence, and for tsyncio the READMEs and the guides, then the
// build.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { toolEnv } from "./lib/bootstrap.mjs";
import { extras } from "./lib/packed.mjs";

const folder = process.cwd();
for (const [path, text] of extras(basename(folder))) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
if (!process.argv.includes("--no-build")) {
  const windows = process.platform === "win32";
  const { status } = spawnSync("tsdown", { stdio: "inherit", env: toolEnv(), shell: windows });
  process.exitCode = status ?? 1;
}
