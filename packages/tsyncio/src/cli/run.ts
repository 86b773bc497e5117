/** `tsyncio run FILE`: a program in native syntax, in a process of its own. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./errors.ts";
import { resolveTransform } from "./transform.ts";

export const RUN_HELP = `usage: tsyncio run FILE [ARGUMENT...]

Runs FILE as \`node --import tsyncio-transform/register FILE\` does: modules that begin with "use tsyncio" are compiled as they
are loaded, also in the workers of a pool. A .ts file needs a Node that strips types by itself: 22.18 or newer.`;

/** Forwarded to the program, where the terminal does not send them to it anyway. */
const SIGNALS = ["SIGTERM", "SIGHUP"] as const;

export async function runFile([file, ...args]: string[]): Promise<void> {
  if (file === undefined) throw new UsageError(`run needs the file of a program\n\n${RUN_HELP}`);
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`);
  refuseTypes(path);
  const onBun = process.versions.bun !== undefined;
  const front = resolveTransform(onBun ? "bun" : "register", dirname(path));
  // Not in this process: workers inherit the options of a process, and not what a module has registered in it.
  const options = onBun ? ["--preload", fileURLToPath(front)] : ["--import", front.href];
  await exec([...process.execArgv, ...options, path, ...args]);
}

/** Ends as the child ends. */
function exec(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: "inherit" });
  const ignore = (): void => {}; // the terminal sends it to the child too, whose answer decides
  process.on("SIGINT", ignore);
  const forward = SIGNALS.map((signal) => [signal, () => void child.kill(signal)] as const);
  for (const [signal, listener] of forward) process.on(signal, listener);
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("exit", (code, signal) => {
      for (const [name, listener] of forward) process.off(name, listener);
      process.off("SIGINT", ignore);
      process.exitCode = code ?? 128 + constants.signals[signal as NodeJS.Signals];
      done();
    });
  });
}

function refuseTypes(path: string): void {
  const strips = process.features.typescript !== undefined && process.features.typescript !== false;
  if (!/\.[cm]?tsx?$/.test(path) || strips || process.versions.bun !== undefined) return;
  throw new UsageError(
    `Node ${process.version} does not run TypeScript by itself. Use Node 22.18 or newer, or tsx:\n\n` +
      `  node --import tsyncio-transform/register --import tsx ${path}`,
  );
}
