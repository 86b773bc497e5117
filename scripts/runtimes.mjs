// npm run test:runtimes [-- RUNTIME…]: installs the runtimes on demand, then runs runtimes/driver.mjs on the newer
// Node.
import { join } from "node:path";
import { ensureInstalled, ensureTools, newerNode, root, run } from "./lib/bootstrap.mjs";

await ensureTools();
await ensureInstalled(join(root, "runtimes"), "the other runtimes (about 1 GB)");
process.exitCode = await run(newerNode, [join(root, "runtimes", "driver.mjs"), ...process.argv.slice(2)]);
