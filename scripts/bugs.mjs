// npm run bugs [-- OPTIONS] [NAME…]: how many schedules it takes to find each bug in bugs/; --help shows the options.
import { join } from "node:path";
import { ensureTools, newerNode, root, run } from "./lib/bootstrap.mjs";

await ensureTools();
const main = join(root, "bugs", "measure", "main.ts");
process.exitCode = await run(newerNode, ["--conditions=@tsyncio/source", main, ...process.argv.slice(2)]);
