// npm run test262 -- CHECKOUT: the tests of test262 with async and await, natively and compiled by tsyncio-transform.
import { join } from "node:path";
import { ensureTools, newerNode, root, run } from "./lib/bootstrap.mjs";

const args = process.argv.slice(2);
if (args.length === 0 || args.includes("--help") || args.includes("-h")) {
  console.log(`npm run test262 -- CHECKOUT [--only TEXT] [--print]

Runs test262's tests of async functions, async generators, for await and await using, natively and compiled. Each that passes natively
must pass compiled, but for those that scripts/test262-differences.json explains.

CHECKOUT      a clone of https://github.com/tc39/test262
--only TEXT   the tests with TEXT in their path
--print       the differences as they are now, in the form of the list`);
  if (args.length === 0) console.log("\ntest262: SKIPPED: no checkout is named.");
  process.exit(0);
}
await ensureTools();
const main = join(root, "scripts", "lib", "test262.mjs");
process.exitCode = await run(newerNode, ["--conditions=@tsyncio/source", main, ...args]);
