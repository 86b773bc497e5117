import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const source = fileURLToPath(new URL("../../src", import.meta.url));
const program = fileURLToPath(new URL("programs/twoCopies.ts", import.meta.url));
const run = promisify(execFile);
let folder = "";

/** A copy of the package in a folder of its own; `change` is made to its source. */
async function copy(name: string): Promise<string> {
  const to = join(folder, name);
  await cp(source, to, { recursive: true });
  await writeFile(join(to, "package.json"), '{ "type": "module", "imports": { "#dev": "./base/dev.ts" } }');
  return pathToFileURL(join(to, "index.ts")).href;
}

async function lines(code: string[]): Promise<string[]> {
  const { stdout } = await run(process.execPath, ["--no-warnings", ...code]);
  return stdout.trim().split("\n");
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsyncio-copies-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("two copies of the package in one process", () => {
  it("know each other's tasks, errors, groups, contexts and primitives", async () => {
    const printed = await lines([program, await copy("first"), await copy("second")]);
    expect(printed).toHaveLength(21);
    expect(printed.filter((line) => !line.endsWith(": true"))).toEqual([]);
  });

  /** Imports the package where another copy has left `record`, and prints what comes of it. */
  const beside = async (record: string): Promise<string> => {
    const url = await copy("beside");
    const code = `
      globalThis[Symbol.for("tsyncio")] = ${record};
      try {
        const { run, sleep, createTask } = await import(${JSON.stringify(url)});
        console.log(await run((function* () { const t = createTask(sleep(10)); t.cancel(); yield* sleep(0); return "works"; })()));
      } catch (error) {
        console.log(String(error));
      }`;
    return (await lines(["--input-type=module", "--eval", code])).join("\n");
  };

  it("fill in what a record of an older one lacks", async () => {
    expect(await beside("{ runningLoop: null, currentTask: null, taskCount: 5 }")).toBe("works");
  });

  it("say so where they cannot work together, and name both", async () => {
    const text = await beside(
      'Object.defineProperties({}, { protocol: { value: 99 }, origin: { value: "file:///app/node_modules/tsyncio-99/" } })',
    );
    expect(text).toMatch(/^Error: two versions of tsyncio in one process that cannot work together: /);
    expect(text).toContain("file:///app/node_modules/tsyncio-99/ has protocol 99");
    expect(text).toMatch(/beside\/base\/sharedRecord\.ts has protocol 1/);
  });

  it("run each other's jobs, which reach the main loop", async () => {
    const [pools, jobs] = [await copy("pools"), await copy("jobs")];
    const file = join(folder, "job.mjs");
    const job = `
      import { sleep } from ${JSON.stringify(jobs)};
      import { blocking, mainLoop } from ${JSON.stringify(new URL("executors/index.ts", jobs).href)};
      const twice = blocking(import.meta, function* twice(n) { yield* sleep(0); return n * 2; });
      export const ask = blocking(import.meta, async function ask(n) {
        return (await mainLoop().runCoroutineThreadsafe(twice, n)) + 1;
      });`;
    const main = `
      const { run } = await import(${JSON.stringify(pools)});
      const { ProcessPoolExecutor, ThreadPoolExecutor } = await import(
        ${JSON.stringify(new URL("executors/index.ts", pools).href)}
      );
      const { ask } = await import(${JSON.stringify(pathToFileURL(file).href)});
      for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) {
        const pool = new Pool(1);
        console.log(await run((function* () { return yield* pool.submit(ask, 20); })()));
        await pool.shutdown();
      }`;
    await writeFile(file, job);
    expect(await lines(["--input-type=module", "--eval", main])).toEqual(["41", "41"]);
  });
});
