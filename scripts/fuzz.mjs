// npm run fuzz -- NAME [OPTIONS]: random programs against the runtime until one breaks a rule; --help shows the
// options.
import { join } from "node:path";
import { ensureTools, newerNode, root, run } from "./lib/bootstrap.mjs";

const KILLED = 137;

await ensureTools();
const main = join(root, "fuzz", "main.ts");
const code = await run(newerNode, ["--conditions=@tsyncio/source", "--expose-gc", main, ...process.argv.slice(2)]);
process.exitCode = code === KILLED ? 1 : code; // the watchdog's finding
