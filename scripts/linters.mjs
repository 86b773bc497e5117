// npm test -- linters: installs other compilers and linters on demand, then runs linters/driver.mjs on the newer Node.
// Needs the build.
import { join } from "node:path";
import { ensureInstalled, newerNode, root, run } from "./lib/bootstrap.mjs";

await ensureInstalled(join(root, "linters"), "other compilers and linters");
process.exitCode = await run(newerNode, [join(root, "linters", "driver.mjs")]);
