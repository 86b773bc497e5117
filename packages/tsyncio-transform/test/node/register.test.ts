import { afterAll, describe, expect, test } from "vitest";
import { PRINTED, PROGRAM } from "./program.ts";
import { Project } from "./project.ts";

const REGISTER = ["--import", "tsyncio-transform/register"];

describe("node --import tsyncio-transform/register", () => {
  const project = new Project({
    ...PROGRAM,
    "main.cjs": `"use tsyncio";
const { run, sleep } = require("tsyncio");
const { twice } = require("./twice.cjs");
async function main() { await sleep(0); return twice(4); }
run(main()).then(console.log);`,
    "twice.cjs": `"use tsyncio";
const { sleep } = require("tsyncio");
exports.twice = twice;
async function twice(n) { await sleep(0); return n * 2; }`,
    "unmarked.mjs": `const f = async () => 1;
console.log(f() instanceof Promise && f.constructor.name, process.getBuiltinModule("module").findPackageJSON !== undefined);`,
    "broken.mjs": `"use tsyncio";

async function f() { await; }`,
    "late.mjs": `export {}
"use tsyncio";`,
    "pools.mjs": `"use tsyncio";
import { run, getRunningLoop } from "tsyncio";
import { ThreadPoolExecutor, ProcessPoolExecutor } from "tsyncio/executors";
import { size } from "./job.mjs";
async function main() {
  const loop = getRunningLoop();
  for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) {
    await using pool = new Pool({ maxWorkers: 1 });
    console.log(await loop.runInExecutor(pool, size, "abc"));
  }
}
await run(main());`,
    "job.mjs": `"use tsyncio";
import { blocking } from "tsyncio/executors";
import { sleep, run } from "tsyncio";
async function length(text) { await sleep(0); return text.length; }
export const size = blocking(import.meta, function size(text) { return [text.length, typeof length(text).next]; });`,
  });
  afterAll(() => project[Symbol.dispose]());

  test("compiles the marked ES modules of a program, in TypeScript too", async () => {
    expect(await project.node(...REGISTER, "main.mts")).toEqual({ code: 0, stdout: PRINTED, stderr: "" });
  });

  test("compiles CommonJS modules, also those that others require", async () => {
    expect(await project.node(...REGISTER, "main.cjs")).toEqual({ code: 0, stdout: "8\n", stderr: "" });
  });

  test("leaves a module without the directive alone", async () => {
    expect((await project.node(...REGISTER, "unmarked.mjs")).stdout).toContain("AsyncFunction");
  });

  test("an error of the compiler names file, line and column", async () => {
    const { code, stderr } = await project.node(...REGISTER, "broken.mjs");
    expect(code).toBe(1);
    expect(stderr).toContain(`${project.path("broken.mjs")}:3:`);
  });

  test("a directive that is not the first statement is an error", async () => {
    const { stderr } = await project.node(...REGISTER, "late.mjs");
    expect(stderr).toContain('"use tsyncio" must be the first statement');
  });

  test("compiles the modules that the workers of pools load", async () => {
    const { stdout, stderr } = await project.node(...REGISTER, "pools.mjs");
    expect(stderr).toBe("");
    expect(stdout).toBe("[ 3, 'function' ]\n[ 3, 'function' ]\n");
  });
});
