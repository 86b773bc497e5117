/** A project of a user's in a temporary folder, in which both packages are installed. */

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeOptions } from "../../../tsyncio/test/node/children.ts";

const packages = fileURLToPath(new URL("../../../", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Project implements Disposable {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "tsyncio-project-")));

  constructor(files: { readonly [name: string]: string } = {}) {
    this.write({ "package.json": '{ "type": "module" }', ...files });
    mkdirSync(join(this.folder, "node_modules"));
    for (const name of ["tsyncio", "tsyncio-transform"]) this.link(name, join(packages, name));
    // Its tools are those of this repository.
    this.link("vitest", join(packages, "..", "node_modules", "vitest"));
    this.link("vite", join(packages, "..", "node_modules", "vite"));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(files: { readonly [name: string]: string }): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true });
      writeFileSync(this.path(name), text);
    }
  }

  /** Runs Node in the folder. */
  node(...args: string[]): Promise<Finished> {
    return this.run(process.execPath, [...nodeOptions, ...args]);
  }

  run(command: string, args: readonly string[], input = ""): Promise<Finished> {
    const { NODE_OPTIONS: _, ...env } = process.env; // of the test runner
    const child = spawn(command, args, { cwd: this.folder, env: { ...env, NO_COLOR: "1" } });
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        text[name] += chunk;
      });
    }
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, ...text }));
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private link(name: string, target: string): void {
    symlinkSync(target, join(this.folder, "node_modules", name), "dir");
  }
}
