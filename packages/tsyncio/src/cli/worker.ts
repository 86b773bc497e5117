/** `tsyncio worker`: the jobs of a cluster, which tsyncio-cluster runs. */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "./errors.ts";
import { installCommand, resolveTransform } from "./transform.ts";

const NAME = "tsyncio-cluster";

/** `tsyncio-cluster/worker`. */
interface Program {
  readonly WORKER_HELP: string;
  workerProgram(args: string[], execArgv: readonly string[]): Promise<void>;
}

export async function startWorker(args: string[]): Promise<void> {
  const file = args.find((arg) => !arg.startsWith("-") && existsSync(arg));
  const folder = file === undefined ? process.cwd() : dirname(resolve(file));
  const { WORKER_HELP, workerProgram } = await load(folder);
  if (args[0] === "-h" || args.includes("--help")) return console.log(WORKER_HELP);
  try {
    await workerProgram(args, await nativeSyntax(folder));
  } catch (error) {
    if ((error as Error).name === "UsageError") throw new UsageError((error as Error).message);
    throw error;
  }
}

async function load(folder: string): Promise<Program> {
  let path: string;
  try {
    path = createRequire(join(folder, "of-the-project.js")).resolve(`${NAME}/worker`);
  } catch {
    throw new UsageError(
      `worker needs ${NAME}, which is not installed for ${folder}. Install it:\n\n  ${installCommand(folder, NAME, "")}`,
    );
  }
  return (await import(pathToFileURL(path).href)) as Program;
}

/**
 * Modules in native syntax are compiled where the compiler is installed: here now, in the threads and processes by
 * these options.
 */
async function nativeSyntax(folder: string): Promise<string[]> {
  if (process.versions.bun !== undefined) return [];
  let front: URL;
  try {
    front = resolveTransform("register", folder);
  } catch {
    return [];
  }
  if (process.execArgv.some((option) => option.includes(front.href) || option.includes("tsyncio-transform/register")))
    return [];
  await import(front.href);
  return ["--import", front.href];
}
