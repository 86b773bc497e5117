/** Runs a program natively and compiled. */

import { createRequire } from "node:module";
import { inspect } from "node:util";
import { run } from "tsyncio";
import * as runtime from "tsyncio/native";
import { print, transform } from "tsyncio-transform";

const require = createRequire(import.meta.url);
const FILE = { filename: "program.cjs" };

type Logs = { readonly native: string[]; readonly compiled: string[]; readonly printed: string[] };

/** The logs of a program, which is one function of a module: as it is, compiled, and in its generator form. */
export async function logsOf(code: string, name = "main"): Promise<Logs> {
  return {
    native: await nativeLogOf(code, name),
    compiled: await runtimeLogOf(transform(code, FILE)?.code ?? "", name),
    printed: await runtimeLogOf(print(code, FILE) ?? "", name),
  };
}

export function nativeLogOf(code: string, name: string): Promise<string[]> {
  return logOf(code, (programs, log) => programs[name]?.(log));
}

/** The log of code that needs tsyncio's runtime. */
export function runtimeLogOf(code: string, name: string): Promise<string[]> {
  return logOf(code, (programs, log) => run(programs[name]?.(log) as never));
}

/** The names of the programs in a module. */
export function namesOf(code: string): string[] {
  return Object.keys(load(code));
}

type Log = (...values: unknown[]) => unknown;
interface Programs {
  readonly [name: string]: (log: Log) => Promise<unknown>;
}

function load(code: string): Programs {
  const module = { exports: {} as Programs };
  const requireAny = (name: string): unknown => (name === "tsyncio/native" ? runtime : require(name));
  new Function("require", "module", code)(requireAny, module);
  return module.exports;
}

async function logOf(
  code: string,
  start: (programs: Programs, log: Log) => Promise<unknown> | undefined,
): Promise<string[]> {
  const lines: string[] = [];
  const log: Log = (...values) => {
    lines.push(values.map((value) => (typeof value === "string" ? value : inspect(value, { depth: 4 }))).join(" "));
    return values[0];
  };
  try {
    log("returned", await start(load(code), log));
  } catch (error) {
    log("threw", error instanceof Error ? `${error.name}: ${error.message}` : error);
  }
  return lines;
}
