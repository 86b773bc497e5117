// Runs the portable tests and the conformance cases on every runtime. Started by scripts/runtimes.mjs.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { gunzipSync } from "node:zlib";
import { capture, root, seconds } from "../scripts/lib/bootstrap.mjs";
import { bundle } from "./bundle.mjs";
import { runInChromium } from "./chromium.mjs";
import { Submitters } from "./cluster.mjs";
import { nativeSyntaxOn } from "./native.mjs";
import { runOnCommandLine } from "./process.mjs";

const here = join(root, "runtimes");
const bin = (...path) => join(here, "node_modules", ...path);
const node = ["--expose-gc"];
/** The programs, and their options. */
const programs = {
  node20: [bin("node20", "bin", "node"), node],
  node22: [bin("node22", "bin", "node"), node],
  node24: [bin("node24", "bin", "node"), node],
  node26: [bin("node26", "bin", "node"), node],
  bun: [bin(".bin", "bun"), ["run"]],
  deno: [bin(".bin", "deno"), ["run", "-A", "--no-lock", "--v8-flags=--expose-gc"]],
};
/** Of programs that import packages of the workspace. */
const options = {
  bun: ["run"],
  deno: ["run", "-A", "--no-lock", "--node-modules-dir=manual"],
};
const none = { held: [], failures: [] };
const runtimes = {
  ...Object.fromEntries(Object.entries(programs).map(([name, command]) => [name, runOnCommandLine(name, ...command)])),
  chromium: runInChromium,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in runtimes));
if (wanted.includes("--help") || wanted.includes("-h") || unknown.length > 0) {
  console.log(`npm run test:runtimes [-- RUNTIME…]   runtimes: ${Object.keys(runtimes).join(", ")}`);
  process.exit(unknown.every((name) => name === "--help" || name === "-h") ? 0 : 2);
}

const work = join(root, ".cache", "runtimes");
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });

const built = await capture("npm", ["run", "-s", "build"]);
if (built.code !== 0) {
  console.log(`${built.output}\nThe build failed; nothing was tested.`);
  process.exit(1);
}
const files = await bundle(join(work, "bundle")).catch((error) => {
  console.log(`The portable tests could not be bundled: ${stripVTControlCharacters(error.message)}`);
  process.exit(1);
});
writeFileSync(join(work, "cases.json"), JSON.stringify(readCases()));
console.log(`${files} portable test files, dist of tsyncio`);

let failed = false;
const chosen = Object.entries(runtimes).filter(([name]) => wanted.length === 0 || wanted.includes(name));
const submitters = new Submitters();
if (chosen.some(([name]) => name in programs)) await submitters.start(join(work, "submitters"));
const next = chosen.values();
await Promise.all([runNext(), runNext()]); // a runtime waits for half of its time
await submitters.stop();
if (failed) process.exitCode = 1;

async function runNext() {
  for (const [name, start] of next) {
    const begun = Date.now();
    const outcome = await start(work, here).catch((error) => ({ broken: String(error?.stack ?? error) }));
    const time = seconds(begun);
    const program = programs[name];
    const native = program ? await nativeSyntaxOn(name, program[0], work) : none;
    const submits = program ? await submitters.on(program[0], options[name] ?? []) : none;
    const good = report(name, outcome, time);
    if (native.held.length > 0) console.log(`${"".padEnd(13)} native syntax by ${native.held.join("; ")}`);
    if (submits.held.length > 0) console.log(`${"".padEnd(13)} submits jobs to ${submits.held.join(", ")}`);
    for (const failure of native.failures) console.log(indent(`✗ native syntax by ${failure}`));
    for (const failure of submits.failures) console.log(indent(`✗ submits jobs to ${failure}`));
    failed ||= !good || native.failures.length > 0 || submits.failures.length > 0;
  }
}

function readCases() {
  const folder = join(root, "conformance", "cases");
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const texts = [];
  for (const name of names) {
    const path = join(folder, name);
    if (name.endsWith(".jsonl")) texts.push(readFileSync(path, "utf8"));
    if (name.endsWith(".jsonl.gz")) texts.push(gunzipSync(readFileSync(path)).toString("utf8"));
  }
  if (texts.length === 0) throw new Error(`no conformance cases in ${folder}`);
  return texts;
}

/** Prints one line for a good runtime, and what failed for another. Returns whether all was good. */
function report(name, outcome, time) {
  if (outcome.broken !== undefined) {
    console.log(`${name.padEnd(13)} DID NOT FINISH  (${time})`);
    console.log(indent(outcome.broken));
    return false;
  }
  const { tests, conformance } = outcome;
  const parts = [`${tests.passed} passed`];
  if (tests.failures.length > 0) parts.push(`${tests.failures.length} FAILED`);
  if (tests.skipped > 0) parts.push(`${tests.skipped} skipped`);
  parts.push(`conformance ${conformance.passed}/${conformance.total}`);
  console.log(`${name.padEnd(13)} ${parts.join("  ")}  (${time})`);
  for (const failure of tests.failures) console.log(indent(`✗ ${failure.name}\n${indent(failure.error)}`));
  for (const failure of conformance.failures) console.log(indent(failure));
  // No test at all is no success: a broken bundle would look like this.
  return tests.failures.length === 0 && tests.passed > 0 && conformance.passed === conformance.total;
}

function indent(text) {
  return text.replaceAll(/^/gm, "  ");
}
