/** What the command line asks for. */

import { builtinModules } from "node:module";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";

export const templates = {
  node: "a program or service for Node",
  vite: "a page, with Vite",
  library: "a package for others",
} as const;
export const syntaxes = {
  native: "async and await, compiled by tsyncio-transform",
  generators: "function* and yield*, which need no compiler",
} as const;
export type Template = keyof typeof templates;
export type Syntax = keyof typeof syntaxes;

export interface Options {
  directory?: string | undefined;
  template?: Template | undefined;
  syntax?: Syntax | undefined;
  yes: boolean;
  help: boolean;
}

/** The command line, or the folder it names, is wrong: the message says what to write instead. */
export class UsageError extends Error {
  override name = "UsageError";
}

const known = {
  template: { type: "string", short: "t" },
  syntax: { type: "string", short: "s" },
  yes: { type: "boolean", short: "y" },
  help: { type: "boolean", short: "h" },
} as const;

export const help = `npm create tsyncio [DIR] -- [OPTIONS]

Makes a project in DIR that runs, tests, type-checks and lints. DIR must be new or empty; its name is the package's.

  --template, -t ${list(templates)}
  --syntax, -s   ${list(syntaxes)}
  --yes, -y      take the default for what is missing (tsyncio-app, node, native) instead of asking
  --help, -h     this text

  npm create tsyncio my-app -- --template node --syntax native`;

function list(choices: Record<string, string>): string {
  return Object.entries(choices)
    .map(([name, about]) => `${name.padEnd(11)} ${about}`)
    .join(`\n${" ".repeat(17)}`);
}

/** @throws {UsageError} for an unknown option, a choice that there is not, or a second folder. */
export function parseOptions(args: string[]): Options {
  const { values, positionals, tokens } = parseArgs({
    args,
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    if (!Object.hasOwn(known, token.name)) {
      const names = Object.keys(known).map((name) => `--${name}`);
      throw new UsageError(`unknown option ${token.rawName}; the options are ${names.join(", ")}`);
    }
    const takesValue = known[token.name as keyof typeof known].type === "string";
    if (!takesValue && token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
    if (takesValue && !token.value)
      throw new UsageError(
        `${token.rawName} must have a value, such as ${token.rawName} ${token.name === "template" ? "node" : "native"}`,
      );
  }
  if (positionals.length > 1) {
    throw new UsageError(`there can be only one folder, got ${positionals.join(" and ")}`);
  }
  return {
    directory: positionals[0],
    template: choice("template", values.template, templates),
    syntax: choice("syntax", values.syntax, syntaxes),
    yes: values.yes === true,
    help: values.help === true,
  };
}

function choice<K extends string>(option: string, value: unknown, choices: Record<K, string>): K | undefined {
  if (value === undefined) return undefined;
  if (Object.hasOwn(choices, value as string)) return value as K;
  throw new UsageError(`--${option} must be ${Object.keys(choices).join(" or ")}, got ${value}`);
}

/**
 * The name of the package that a folder becomes. `taken` are the names of what it depends on.
 *
 * @throws {UsageError} when npm would refuse the name.
 */
export function packageName(directory: string, taken: Iterable<string> = []): string {
  const name = basename(resolve(directory));
  if (!/^[a-z0-9][a-z0-9._-]{0,213}$/.test(name)) {
    throw new UsageError(
      `the name of the folder is that of the package: it must be lower-case letters, digits, "-", "_" and ".", begin with one of the first two, and have at most 214 of them, got ${JSON.stringify(name)}`,
    );
  }
  if (name === "node_modules" || builtinModules.includes(name)) {
    throw new UsageError(`a package cannot be named ${name}: name the folder otherwise`);
  }
  if ([...taken].includes(name)) {
    throw new UsageError(
      `a package cannot have the name of one that it depends on, got ${name}: name the folder otherwise`,
    );
  }
  return name;
}
