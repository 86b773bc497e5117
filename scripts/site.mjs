// npm run site [-- OPTIONS]: builds the site of docs/, installs its tools on demand. npm test -- site is npm run site
// -- --check.
import { join } from "node:path";
import { ensureInstalled, ensureTools, newerNode, root, run } from "./lib/bootstrap.mjs";

const folder = join(root, "site");
await ensureTools();
await ensureInstalled(folder, "the site's tools");
// The pictures are runs of tsyncio, of its source.
process.exitCode = await run(newerNode, [
  "--conditions=@tsyncio/source",
  join(folder, "main.mjs"),
  ...process.argv.slice(2),
]);
