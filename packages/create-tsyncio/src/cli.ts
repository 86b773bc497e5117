#!/usr/bin/env node
import { relative } from "node:path";
import { create } from "./create.ts";
import { help, type Options, parseOptions, type Template, UsageError } from "./options.ts";
import { type Answers, ask, defaults, Left } from "./prompts.ts";

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(help);
  } else {
    const { directory, template, syntax } = await complete(options);
    const files = create(directory, template, syntax);
    console.log(`Made ${directory}: ${files.join(", ")}\n\nNext:\n${next(directory, template)}`);
  }
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`create-tsyncio: ${error.message}. --help shows the options.`);
    process.exitCode = 2;
  } else if (error instanceof Left) {
    console.error("\nNothing has been made.");
    process.exitCode = 130; // what a shell expects of a program that Ctrl-C has ended
  } else throw error;
}

async function complete(options: Options): Promise<Answers> {
  const { directory, template, syntax } = options;
  if (directory !== undefined && template !== undefined && syntax !== undefined) return { directory, template, syntax };
  if (options.yes) {
    return {
      directory: directory ?? defaults.directory,
      template: template ?? defaults.template,
      syntax: syntax ?? defaults.syntax,
    };
  }
  if (process.stdin.isTTY && process.stdout.isTTY) {
    return await ask({ directory, template, syntax }, process.stdin, process.stdout);
  }
  const missing = Object.entries({ DIR: directory, "--template": template, "--syntax": syntax })
    .filter(([, value]) => value === undefined)
    .map(([name]) => name);
  throw new UsageError(`${missing.join(" and ")} must be given where there is no terminal to ask at, or --yes`);
}

/** The commands to type, for the package manager that has started this program. */
function next(directory: string, template: Template): string {
  const manager = /^(pnpm|yarn|bun)\//.exec(process.env.npm_config_user_agent ?? "")?.[1] ?? "npm";
  const path = relative(process.cwd(), directory);
  const first = { node: `${manager} start`, vite: `${manager} run dev`, library: `${manager} run build` }[template];
  const commands = [`${manager} install`, first, `${manager} run check`];
  if (path !== "") commands.unshift(`cd ${path}`);
  return commands.map((command) => `  ${command}`).join("\n");
}
