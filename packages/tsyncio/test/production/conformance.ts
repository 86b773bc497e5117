/** Runs the conformance cases of the files in the command line; scripts/production.mjs bundles it. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseCases } from "../../../../conformance/program.ts";
import { check, passed } from "../../../../conformance/report.ts";

let good = 0;
const failed: string[] = [];
for (const file of process.argv.slice(2)) {
  const data = readFileSync(file);
  for (const test of parseCases((file.endsWith(".gz") ? gunzipSync(data) : data).toString("utf8"))) {
    if (passed(await check(test))) good++;
    else failed.push(test.id);
  }
}
if (failed.length > 0) console.log(`other traces than CPython's: ${failed.slice(0, 20).join(", ")}`);
console.log(`conformance: ${good} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;
