// npm run changeset [-- version]: changesets' program needs a newer Node than 20.
import { ensureTools, run } from "./lib/bootstrap.mjs";

await ensureTools();
process.exitCode = await run("changeset", process.argv.slice(2));
