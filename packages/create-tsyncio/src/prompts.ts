/** Asks for what the command line leaves out. */

import { createInterface } from "node:readline/promises";
import { checkEmpty } from "./create.ts";
import { packageName, type Syntax, syntaxes, type Template, templates, UsageError } from "./options.ts";

/** Ctrl-C or Ctrl-D. */
export class Left extends Error {
  override name = "Left";
}

export interface Answers {
  directory: string;
  template: Template;
  syntax: Syntax;
}

/** What is known already. */
export type Given = { [K in keyof Answers]?: Answers[K] | undefined };

export const defaults: Answers = { directory: "tsyncio-app", template: "node", syntax: "native" };

/** @throws {Left} when the user leaves. */
export async function ask(given: Given, input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<Answers> {
  const lines = createInterface({ input, output });
  const left = new AbortController();
  lines.once("close", () => left.abort());

  async function question<T>(text: string, fallback: string, accept: (answer: string) => T): Promise<T> {
    for (;;) {
      const answer = await lines.question(`${text} (${fallback}): `, { signal: left.signal }).catch(() => {
        throw new Left("left");
      });
      try {
        return accept(answer.trim() || fallback);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        output.write(`${error.message}\n`);
      }
    }
  }

  try {
    const directory =
      given.directory ??
      (await question("Folder", defaults.directory, (answer) => {
        checkEmpty(answer);
        packageName(answer);
        return answer;
      }));
    const template = given.template ?? (await question("Template", defaults.template, among(templates)));
    const syntax = given.syntax ?? (await question("Syntax", defaults.syntax, among(syntaxes)));
    return { directory, template, syntax };
  } finally {
    lines.close();
  }

  function among<K extends string>(choices: Record<K, string>): (answer: string) => K {
    for (const [name, about] of Object.entries(choices)) output.write(`  ${name.padEnd(11)} ${about}\n`);
    return (answer) => {
      const found = Object.keys(choices).filter((name) => name.startsWith(answer.toLowerCase()));
      if (found.length === 1) return found[0] as K;
      throw new UsageError(`it must be ${Object.keys(choices).join(" or ")}, got ${answer}`);
    };
  }
}
