// What only a whole process shows: how it begins, what it prints, when it ends; from the source and from the build.
import { execFile, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeOptions } from "../children.ts";

const here = fileURLToPath(new URL("./", import.meta.url));
const packageFolder = fileURLToPath(new URL("../../../", import.meta.url));
const root = fileURLToPath(new URL("../../../../../", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { timeout: 120_000, maxBuffer: 1 << 24 };
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

const program = (name: string, ...args: string[]): Promise<Ended> =>
  start([...nodeOptions, join(here, "programs", `${name}.ts`), ...args]);

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a program with executors", () => {
  it.each(["threads", "processes"])("ends by itself, whatever idle %s there are", async (kind) => {
    expect(await program("idle", kind)).toEqual({ code: 0, stdout: "3\n", stderr: "" });
  });

  it("that waits for a job only is not deadlocked, and run() ends the threads", async () => {
    expect(await program("waiting")).toEqual({ code: 0, stdout: "job 300\nend\n", stderr: "" });
  });

  it("is held by run() until the default executor's jobs are done", async () => {
    expect(await program("leftBehind")).toEqual({ code: 0, stdout: "waited\n", stderr: "" });
  });

  it("does not wait longer than the time limit of shutdownDefaultExecutor, and says so", async () => {
    expect(await program("timeLimit")).toEqual({
      code: 0,
      stdout: "gave up in time\nRuntimeError: Executor shutdown has been called\n",
      stderr: "The executor did not finish within 0.1 seconds.\n",
    });
  });

  it.each(["threads", "processes"])("shows all that %s print", async (kind) => {
    const { code, stdout, stderr } = await program("printing", kind);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trimEnd().split("\n")).toEqual(Array.from({ length: 2000 }, (_, i) => `line ${i + 1}`));
  });

  it("takes its processes along when it ends, whatever they do", async () => {
    const { code, stdout } = await program("abandoned");
    expect(code).toBe(0);
    await expect.poll(() => exists(Number(stdout)), { timeout: 30_000 }).toBe(false);
  });

  it.each(["SIGTERM", "SIGHUP", "SIGKILL", "SIGABRT"] as const)(
    "takes its processes along when %s ends it, also one that computes and one that ignores signals",
    async (signal) => {
      const file = join(here, "programs", "orphans.ts");
      const child = spawn(process.execPath, [...nodeOptions, file], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const pids: number[] = [];
      for await (const line of createInterface(child.stdout)) if (pids.push(Number(line)) === 2) break;
      expect(pids.map(exists)).toEqual([true, true]);
      child.kill(signal);
      await expect.poll(() => pids.filter(exists), { timeout: 30_000 }).toEqual([]);
    },
  );

  it("may be one module, under isMain(import.meta)", async () => {
    expect(await program("guard")).toEqual({ code: 0, stdout: "result 144\n", stderr: "" });
  });

  it("without that guard is told what to do, instead of starting itself forever", async () => {
    const { code, stdout, stderr } = await program("unguarded");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("a job was submitted while a worker loads");
    expect(stderr).toContain("if (isMain(import.meta)) await run(main())");
  });

  it.each([
    [["--input-type=module", "--eval"]],
    [["--eval"]],
    [["--inspect=127.0.0.1:0", "--input-type=module", "--eval"]],
  ])("may be a text, and be debugged: %j", async (options) => {
    const jobs = new URL("./jobs.ts", import.meta.url).href;
    const text = `
        import("tsyncio/executors").then(async ({ ProcessPoolExecutor, ThreadPoolExecutor }) => {
          const { add } = await import(${JSON.stringify(jobs)});
          for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) console.log(await new Pool(1).submit(add, 1, 2));
        });`;
    const { code, stdout } = await start([...nodeOptions, ...options, text]);
    expect([code, stdout]).toEqual([0, "3\n3\n"]);
  });

  it("that does not import tsyncio/executors is told to", async () => {
    const { code, stdout } = await program("executorMissing");
    expect(code).toBe(0);
    expect(stdout).toContain('no default executor: import "tsyncio/executors"');
  });
});

describe("the build", () => {
  const folder = join(root, ".cache", `executors-${process.pid}`);
  const installed = join(folder, "node_modules", "tsyncio");

  beforeAll(() => {
    mkdirSync(installed, { recursive: true });
    cpSync(join(packageFolder, "package.json"), join(installed, "package.json"));
    const tsdown = join(root, "node_modules", "tsdown", "dist", "run.mjs");
    const off = ["--no-dts", "--no-publint", "--no-attw", "--no-sourcemap"];
    execFileSync(process.execPath, [tsdown, "--out-dir", join(installed, "dist"), ...off], {
      cwd: packageFolder,
      stdio: "pipe",
    });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(
      join(folder, "jobs.js"),
      `import { blocking, report } from "tsyncio/executors";
       export const work = blocking(import.meta, function work(n) { report(n); return { n: n * 2 }; });
       export const fail = blocking(import.meta, function fail() { throw new RangeError("no"); });`,
    );
    writeFileSync(
      join(folder, "main.js"),
      `import { asyncFor, run, toThread } from "tsyncio";
       import { ProcessPoolExecutor } from "tsyncio/executors";
       import { fail, work } from "./jobs.js";
       await run((function* () {
         console.log(yield* toThread(work, 21));
         const pool = new ProcessPoolExecutor(1);
         const job = pool.submit(work, 4);
         yield* asyncFor(job.progress(), function* (n) { console.log("progress", n); });
         console.log(yield* job);
         try { yield* pool.submit(fail); } catch (error) { console.log(error.stack.split("\\n").slice(0, 2).join("").replace(/file:.*\\//, "")); }
         yield* pool.aexit(null);
       })());`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("finds its workers, in threads and processes", async () => {
    expect(await start([join(folder, "main.js")])).toEqual({
      code: 0,
      stdout: "{ n: 42 }\nprogress 4\n{ n: 8 }\nRangeError: no    at fail (jobs.js:3:74)\n",
      stderr: "",
    });
  });
});
