// npm test [-- STEP…]: everything a change must pass, step by step, on the newer Node.
import { stripVTControlCharacters } from "node:util";
import { capture, ensureTools, newerNode, root, seconds } from "./lib/bootstrap.mjs";

const node = (...args) => [newerNode, args];
const steps = [
  ["types", "the compiler, type tests included", ["tsc", ["--noEmit", "-p", "tsconfig.json"]]],
  ["lint", "biome: format and rules", ["biome", ["check", "--error-on-warnings"]]],
  ["floors", "imports only go down the floors", node("scripts/floors.mjs")],
  ["unit", "vitest, against src", ["vitest", ["run"]]],
  ["build", "tsdown, publint, attw", ["npm", ["run", "-s", "build"]]],
  ["size", "the size gate", node("scripts/size.mjs")],
  ["conformance", "CPython's traces", node("--conditions=source", "conformance/cli.ts")],
];

const wanted = process.argv.slice(2);
const names = steps.map(([name]) => name);
const unknown = wanted.filter((name) => !names.includes(name));
if (wanted.includes("--help") || wanted.includes("-h")) {
  console.log("npm test [-- STEP…]   runs all steps, or the named ones:");
  for (const [name, what] of steps) console.log(`  ${name.padEnd(12)} ${what}`);
  process.exit(0);
}
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(", ")}. Steps: ${names.join(", ")}`);
  process.exit(2);
}

await ensureTools();
const started = Date.now();
for (const [name, what, [command, args]] of steps) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const begun = Date.now();
  const { code, output } = await capture(command, args, { cwd: root, shell: process.platform === "win32" });
  if (code !== 0) {
    console.log(`✗ ${name}: ${what}, ${seconds(begun)}\n`);
    console.log(output.trimEnd());
    console.log(`\nnpm test failed in step ${name}. Again, this step alone: npm test -- ${name}`);
    process.exit(code);
  }
  console.log(`✓ ${name.padEnd(12)} ${seconds(begun).padStart(7)}  ${what}${summary(name, output)}`);
}
console.log(`npm test passed in ${seconds(started)}.`);

/** The one figure of a step's output that people want to see. */
function summary(name, output) {
  const plain = stripVTControlCharacters(output);
  const found = {
    unit: /^\s*Tests\s+(.*)$/m,
    size: /^(hello .*)$/m,
    conformance: /^(\d+ passed, \d+ failed)\s*$/m,
  }[name]?.exec(plain)?.[1];
  return found ? `: ${found.trim()}` : "";
}
