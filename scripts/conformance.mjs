// npm run -s conformance [-- FILE…]: conformance/cli.ts on the newer Node.
import { join } from "node:path";
import { ensureTools, newerNode, root, run } from "./lib/bootstrap.mjs";

await ensureTools();
const cli = join(root, "conformance", "cli.ts");
process.exitCode = await run(newerNode, ["--conditions=@tsyncio/source", cli, ...process.argv.slice(2)], {
  cwd: process.cwd(),
});
