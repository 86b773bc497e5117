// Starts the bundle in Node, Bun or Deno: command-line.mjs BUNDLE CASES RESULT
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [bundle, cases, result] = process.argv.slice(2);
const { start } = await import(pathToFileURL(bundle).href);
const progress = (where) => console.log(`@ ${where}`);
writeFileSync(result, JSON.stringify(await start(JSON.parse(readFileSync(cases, "utf8")), progress)));
// What a test left behind must not keep the process.
process.exit(0);
