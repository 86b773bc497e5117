/** What is compared: the build of this work tree with that of another commit, or two ways to write on one build. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildIsFresh, NATIVE_SYNTAX } from "../build.ts";

export interface Side {
  readonly name: string;
  /** The folder with the programs of `bench/`; their `tsyncio` is the build of this side. */
  readonly bench: string;
  /** Arguments of Node for the program of a system. */
  program(system: string): readonly string[];
}

const root = fileURLToPath(new URL("../../", import.meta.url));
/**
 * The programs that are measured. They are those of this work tree on both sides: the same text runs on both builds.
 */
const PROGRAMS = ["measure.ts", "workloads.ts", "package.json", "systems", "echo", "explore", "offload"];

/** The work tree, built if its build is older than its source. */
export function workTree(): Side {
  if (!buildIsFresh()) build(root);
  return side("work tree", join(root, "bench"));
}

/** The same build, with the programs in native syntax. */
export function nativeSyntax(): Side {
  const own = { ...workTree(), name: "native syntax" };
  return { ...own, program: (system) => [...NATIVE_SYNTAX, ...own.program(`${system}-native`)] };
}

function side(name: string, bench: string): Side {
  return { name, bench, program: (system) => [join(bench, "systems", `${system}.ts`)] };
}

/** Builds the commit below `.cache/against`, once, with the tools of this work tree. */
export function commit(ref: string): Side {
  const hash = git("rev-parse", "--short=12", "--verify", `${ref}^{commit}`).trim();
  const folder = join(root, ".cache", "against", hash);
  const bench = join(folder, "bench");
  if (!existsSync(join(folder, "packages", "tsyncio", "dist", "index.js"))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    const archive = git(
      "archive",
      "--format=tar",
      hash,
      "packages/tsyncio",
      "package.json",
      "tsconfig.json",
      "tsconfig.base.json",
    );
    execFileSync("tar", ["-x", "-C", folder], { input: Buffer.from(archive, "latin1") });
    symlinkSync(join("..", "packages", "tsyncio"), join(folder, "node_modules", "tsyncio"));
    build(folder);
  }
  rmSync(bench, { recursive: true, force: true });
  for (const name of PROGRAMS) cpSync(join(root, "bench", name), join(bench, name), { recursive: true });
  return side(hash, bench);
}

function build(folder: string): void {
  const tsdown = join(root, "node_modules", "tsdown", "dist", "run.mjs");
  execFileSync(process.execPath, [tsdown, "--logLevel", "error"], {
    cwd: join(folder, "packages", "tsyncio"),
    stdio: "inherit",
  });
}

function git(...args: string[]): string {
  return execFileSync("git", args, {
    cwd: root,
    encoding: "latin1",
    maxBuffer: 2 ** 30,
    stdio: ["ignore", "pipe", "pipe"],
  });
}
