/** A folder with test files, in which the real runners are started. */

import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { conditions, nodeOptions } from "../children.ts";

export type RunnerName = "vitest" | "node";

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  /** How each test ended, by its name without those of its suites. */
  readonly tests: Record<string, "passed" | "failed" | "skipped">;
}

export interface StoredFile {
  readonly about: string;
  readonly tests: Record<string, { token: string; kind: string; found: string; holds?: string }[]>;
}

/** So long, in milliseconds, one start of a runner may take. */
const LIMIT = 100_000;
const windows = process.platform === "win32";
const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));
const vitestFolder = dirname(createRequire(import.meta.url).resolve("vitest/package.json"));

export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "tsyncio-runners-"));
  private readonly runner: RunnerName;

  constructor(runner: RunnerName) {
    this.runner = runner;
    writeFileSync(join(this.folder, "package.json"), '{ "type": "module" }');
    symlinkSync(dirname(vitestFolder), join(this.folder, "node_modules"), "junction");
    const config = { resolve: { conditions }, ssr: { resolve: { conditions } } };
    writeFileSync(join(this.folder, "vitest.config.js"), `export default ${JSON.stringify(config)};`);
    cpSync(join(fixtures, "programs.ts"), join(this.folder, "programs.ts"));
  }

  /** Copies a fixture for this runner, as a test file. */
  add(fixture: string, as: string): void {
    const text = readFileSync(join(fixtures, `${fixture}.ts`), "utf8");
    const forNode = text.replace("tsyncio/testing/vitest", "tsyncio/testing/node").replace('"vitest"', '"node:test"');
    writeFileSync(join(this.folder, as), this.runner === "node" ? forNode : text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  stored(testFile: string): StoredFile | null {
    const path = this.storedPath(testFile);
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null;
  }

  storedPath(testFile: string): string {
    return join(this.folder, "__schedules__", `${testFile}.json`);
  }

  /** All that lies beside the stored schedules, and they themselves. */
  get storedFiles(): string[] {
    const folder = join(this.folder, "__schedules__");
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  /** Starts the runner on the files. */
  run(files: readonly string[], env: Record<string, string> = {}, args: readonly string[] = []): Promise<Ended> {
    const command =
      this.runner === "vitest"
        ? [join(vitestFolder, "vitest.mjs"), "run", "--reporter=verbose", "--root", this.folder]
        : [...nodeOptions, "--no-warnings", "--test", "--test-reporter=spec"];
    const child = spawn(process.execPath, [...command, ...args, ...files], {
      cwd: this.folder,
      env: { ...ownEnvironment(), NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: !windows, // A group of its own: the runner has children.
    });
    const limit = setTimeout(() => {
      if (windows) child.kill();
      else process.kill(-(child.pid as number), "SIGKILL");
    }, LIMIT);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        clearTimeout(limit);
        resolve({ code, output, tests: resultsIn(output) });
      });
    });
  }
}

/** Without what is about this run of the tests. */
function ownEnvironment(): Record<string, string | undefined> {
  const about = /^(CI|FORCE_COLOR|NODE_OPTIONS|NODE_TEST_CONTEXT|NODE_V8_COVERAGE|VITEST.*|VITE_.*|TEST|TSYNCIO_.*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !about.test(name)));
}

const MARKS: Record<string, "passed" | "failed" | "skipped"> = {
  "✓": "passed",
  "✔": "passed",
  "×": "failed",
  "✖": "failed",
  "↓": "skipped",
  "□": "skipped",
  "﹣": "skipped",
};

function resultsIn(output: string): Ended["tests"] {
  const results: Ended["tests"] = {};
  for (const [, mark, line] of output.matchAll(/^ *([✓✔×✖↓□﹣]) (.*)$/gmu)) {
    // vitest: "file > suite > name 12ms"; node: "name (12.3ms)", with "# SKIP" or "# TODO".
    const skipped = / # (SKIP|TODO)/.test(line as string);
    const name = (line as string)
      .replace(/ # (SKIP|TODO).*$/, "")
      .replace(/ (\(\d[\d.]*ms\)|\d+ms)$/, "")
      .split(" > ")
      .at(-1) as string;
    if (name !== "failing tests:") results[name] ??= skipped ? "skipped" : (MARKS[mark as string] as "passed");
  }
  return results;
}
