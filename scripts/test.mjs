// npm test [-- STEP…]: what a change must pass, step by step, on the newer Node. `.ci/run` has the steps that take long
// too.
import { join, relative, sep } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { capture, ensureTools, newerNode, root, seconds, toolEnv } from "./lib/bootstrap.mjs";
import { isBuilt } from "./lib/build.mjs";

const node = (...args) => [newerNode, args];
const vitest = (...projects) => ["vitest", ["run", ...projects.map((name) => `--project=${name}`)]];
/** `npm test` runs both parts at the same time, the steps of each one after the other: tests leave processors idle. */
const tests = [["unit", "vitest, against src", vitest("together", "sharing", "apart")]];
const checks = [
  ["types", "the compiler, type tests included", node("scripts/types.mjs")],
  ["lint", "biome: format and rules; eslint-plugin-tsyncio by oxlint", node("scripts/lint.mjs")],
  ["prose", "words of comments, strings and documents", node("scripts/prose.mjs")],
  ["docstrings", "of public names: units, errors, examples", node("scripts/docstrings.mjs")],
  ["floors", "folders import only what they may", node("scripts/floors.mjs")],
  ["build", "tsdown, publint, attw", ["npm", ["run", "-s", "build"]]],
  ["size", "the size gate", node("scripts/size.mjs")],
  ["conformance", "CPython's traces", node("--conditions=@tsyncio/source", "conformance/cli.ts")],
];
/** Only when named, as .ci/run names them: what takes long. */
const named = [
  ["heavy", "the unit tests that take long: many processes, documents, memory", vitest("heavy")],
  [
    "native",
    "CPython's traces, from programs in native syntax",
    node("--conditions=@tsyncio/source", "conformance/cli.ts", "--native"),
  ],
  ["production", "production bundles of three bundlers", node("scripts/production.mjs")],
  [
    "services",
    "tsyncio/pg and tsyncio-cluster against PostgreSQL and Redis, which it starts on loopback: apt-get install postgresql redis-server",
    vitest("services"),
  ],
  [
    "pages",
    "the pages of examples/react, and async handlers of each kind, in Chromium, with React 18 and 19",
    node("scripts/pages.mjs"),
  ],
  [
    "playground",
    "the playground, in Chromium: its programs, stop, races, links, keys, axe",
    node("scripts/playground.mjs", "--test"),
  ],
  ["linters", "TypeScript 5.9, ESLint and oxlint on programs with the built package", node("scripts/linters.mjs")],
  [
    "site",
    "the site of docs/: links, search, and its pages in Chromium, with axe; needs Debian's chromium",
    node("scripts/site.mjs", "--check"),
  ],
  [
    "create",
    "npm create tsyncio: each template in both syntaxes, from the packed packages; its scripts. Needs the build and the registry",
    node("scripts/create.mjs"),
  ],
  ["quick", "the unit tests that share a process: for the inner loop", vitest("together")],
];

const TESTS = /^\s*Tests\s+(.*)$/m;
/** Run with the build, which is made before them where it is missing or older than the sources. */
const onBuild = ["heavy", "production", "services", "pages", "linters", "create"];
// Many tests start programs: each would compile all that it loads, and strip types where it loads the sources.
const env = toolEnv({ NODE_COMPILE_CACHE: join(root, ".cache", "compiled") });
/** See packages/tsyncio/test/node/children.ts. */
const envOnBuild = { ...env, TSYNCIO_TEST_BUILD: "1" };
const limit = Number(process.env.TSYNCIO_STEP_MINUTES ?? 30) * 60_000; // milliseconds that one step may take

const wanted = process.argv.slice(2);
const all = [...tests, ...checks, ...named];
const names = all.map(([name]) => name);
const unknown = wanted.filter((name) => !names.includes(name));
if (wanted.includes("--help") || wanted.includes("-h")) {
  const list = (title, some) =>
    console.log([title, ...some.map(([name, what]) => `  ${name.padEnd(12)} ${what}`)].join("\n"));
  list("npm test              runs these steps:", [...tests, ...checks]);
  list("npm test -- STEP…     runs the named ones; these only so:", named);
  process.exit(0);
}
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(", ")}. Steps: ${names.join(", ")}`);
  process.exit(2);
}

await ensureTools();
const started = Date.now();
if (wanted.some((name) => onBuild.includes(name)) && !isBuilt()) wanted.push("build");
const parts = wanted.length === 0 ? [tests, checks] : [all.filter(([name]) => wanted.includes(name))];
await Promise.all(
  parts.map(async (part) => {
    for (const step of part) await run(step);
  }),
);
console.log(`npm test passed in ${seconds(started)}.`);

/** Where the step fails, the others end too. */
async function run([name, what, [command, args]]) {
  const begun = Date.now();
  const options = { cwd: root, env: onBuild.includes(name) ? envOnBuild : env };
  const { code, output, timedOut } = await capture(command, args, { ...options, limit });
  if (code === 0) {
    console.log(`✓ ${name.padEnd(12)} ${seconds(begun).padStart(7)}  ${what}${summary(name, output)}`);
    return;
  }
  console.log(`✗ ${name}: ${what}, ${seconds(begun)}\n`);
  console.log(output.trimEnd());
  if (timedOut) console.log(`\nIt was ended after ${limit / 60_000} minutes.`);
  if (timedOut && command === "vitest")
    console.log(`Test files that did not finish:\n${await unfinished(output, args, options)}`);
  console.log(`\nnpm test failed in step ${name}. Again, this step alone: npm test -- ${name}`);
  process.exit(code);
}

/** The one figure of a step's output that people want to see. */
function summary(name, output) {
  const plain = stripVTControlCharacters(output);
  const found = {
    unit: TESTS,
    heavy: TESTS,
    services: TESTS,
    quick: TESTS,
    size: /^(hello .*)$/m,
    native: /^(\d+ passed, \d+ failed)\s*$/m,
    conformance: /^(\d+ passed, \d+ failed)\s*$/m,
  }[name]?.exec(plain)?.[1];
  return found ? `: ${found.trim()}` : "";
}

/** The test files that vitest has not told of: one of them holds the endless loop. */
async function unfinished(output, args, options) {
  const { output: list } = await capture("vitest", ["list", "--filesOnly", "--json", ...args.slice(1)], options);
  const plain = stripVTControlCharacters(output);
  try {
    const files = JSON.parse(list).map(({ file }) => relative(root, file).split(sep).join("/"));
    return files
      .filter((file) => !plain.includes(file))
      .map((file) => `  ${file}`)
      .join("\n");
  } catch {
    return list;
  }
}
