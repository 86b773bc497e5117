// npm run cancellation [-- --write|--check]: installs the peers on demand and runs bench/cancellation/main.ts.
import { join } from "node:path";
import { ensureInstalled, ensureTools, newerNode, root, run } from "./lib/bootstrap.mjs";

await ensureTools();
await ensureInstalled(join(root, "bench"), "the libraries to compare with");
const main = join(root, "bench", "cancellation", "main.ts");
const compiler = join(root, "packages", "tsyncio-transform", "src", "fronts", "register.ts");
process.exitCode = await run(newerNode, [
  "--conditions=@tsyncio/source",
  "--import",
  compiler,
  main,
  ...process.argv.slice(2),
]);
