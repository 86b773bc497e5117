// npm run bench [-- OPTIONS]: installs the peers on demand and runs bench/main.ts with these options.
import { join } from "node:path";
import { ensureInstalled, ensureTools, newerNode, root, run } from "./lib/bootstrap.mjs";

await ensureTools();
await ensureInstalled(join(root, "bench"), "the benchmark's peers");
const main = join(root, "bench", "main.ts");
process.exitCode = await run(newerNode, ["--conditions=@tsyncio/source", main, ...process.argv.slice(2)], {
  cwd: process.cwd(),
});
