// Programs in native syntax on each runtime, compiled by the front that a user of it has, with the packages as they are
// built.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PRINTED, PROGRAM, withoutTypes } from "../packages/tsyncio-transform/test/node/program.ts";
import { capture, root } from "../scripts/lib/bootstrap.mjs";

const COMMON_JS = {
  "main.cjs": `"use tsyncio";
const { run, sleep } = require("tsyncio");
const { twice } = require("./twice.cjs");
async function main() { await sleep(0); return twice(4); }
run(main()).then(console.log);`,
  "twice.cjs": `"use tsyncio";
const { sleep } = require("tsyncio");
exports.twice = twice;
async function twice(n) { await sleep(0); return n * 2; }`,
};

/** Test runners look for real promises: a body that fails after an await must fail its test. */
const testFile = (from) => `"use tsyncio";
import { sleep } from "tsyncio";
import { test } from "${from}";
test("passes", async () => { await sleep(0); });
test("fails", async () => { await sleep(0); throw new Error("seen"); });`;

const tools = join(root, "runtimes", "node_modules");
const tool = (...path) => pathToFileURL(join(tools, ...path)).href;

const WEBPACK = `import webpack from "${tool("webpack", "lib", "index.js")}";
import tsyncio from "tsyncio-transform/webpack";
const compiler = webpack({
  mode: "production",
  entry: "./main.mjs",
  target: "node20",
  output: { path: import.meta.dirname, filename: "webpacked.mjs", module: true, chunkFormat: "module", library: { type: "module" } },
  experiments: { outputModule: true },
  plugins: [tsyncio()],
});
const stats = await new Promise((resolve, reject) => compiler.run((error, stats) => (error ? reject(error) : resolve(stats))));
if (stats.hasErrors()) throw new Error(stats.toString());
await import("./webpacked.mjs");`;

const register = ["--import", "tsyncio-transform/register"];
const prints = (what, args, printed = PRINTED) => ({
  what,
  args,
  good: ({ code, output }) => code === 0 && output === printed,
});
const seesFailure = (what, args) => ({
  what,
  args,
  good: ({ code, output }) => code !== 0 && /seen/.test(output) && /passes/.test(output),
});

const modern = [
  prints("register", [...register, "main.mjs"]),
  prints("register, CommonJS", [...register, "main.cjs"], "8\n"),
  prints("register, TypeScript", [...register, "main.mts"]),
  seesFailure("node:test", [...register, "--test", "node.test.mjs"]),
];

/** The commands of each runtime, and what they must print. */
const checks = {
  node20: [
    ...modern.filter(({ what }) => what !== "register, TypeScript"),
    prints("register before tsx", [...register, "--import", tool("tsx", "dist", "loader.mjs"), "main.mts"]),
  ],
  node22: modern,
  node24: modern,
  node26: [...modern, prints("webpack", ["webpack.mjs"])],
  bun: [prints("preload", ["run", "main.mts"]), seesFailure("bun test", ["test", "bun.test.ts"])],
  deno: [
    prints("ahead of time", ["run", "-A", "--no-lock", "--node-modules-dir=manual", join("compiled", "main.mjs")]),
  ],
};

/** Runs the checks of a runtime, beside those of others. Returns those that held, and what the others printed. */
export async function nativeSyntaxOn(name, program, work) {
  if (!(name in checks)) return { held: [], failures: [] };
  const folder = makeProject(join(work, `native-${name}`));
  if (name === "deno") await compileAheadOfTime(folder);
  const held = [];
  const failures = [];
  for (const { what, args, good } of checks[name]) {
    const outcome = await capture(program, args, {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", NODE_OPTIONS: "" },
    });
    if (good(outcome)) held.push(what);
    else failures.push(`${what}: exit code ${outcome.code}\n${outcome.output}`);
  }
  return { held, failures };
}

function makeProject(folder) {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ["tsyncio", "tsyncio-transform"]) {
    for (const part of ["package.json", "dist"]) {
      cpSync(join(root, "packages", name, part), join(folder, "node_modules", name, part), { recursive: true });
    }
  }
  const preload = 'preload = ["tsyncio-transform/bun"]';
  const files = {
    "package.json": '{ "type": "module" }',
    ...PROGRAM,
    ...withoutTypes(PROGRAM),
    ...COMMON_JS,
    "node.test.mjs": testFile("node:test"),
    "bun.test.ts": testFile("bun:test"),
    "bunfig.toml": `${preload}\n[test]\n${preload}\n`,
    "webpack.mjs": WEBPACK,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function compileAheadOfTime(folder) {
  const command = join(folder, "node_modules", "tsyncio-transform", "dist", "cli.js");
  const sources = join(folder, "src");
  for (const [name, text] of Object.entries(withoutTypes(PROGRAM))) {
    mkdirSync(sources, { recursive: true });
    writeFileSync(join(sources, name), text);
  }
  const { code, output } = await capture(process.execPath, [command, "--out", "compiled", "src"], { cwd: folder });
  if (code !== 0) throw new Error(`tsyncio-transform has failed:\n${output}`);
}
