/** What a prompt with top-level await needs: its input as a coroutine. */

import type { Program, Statement } from "oxc-parser";
import { parseModule } from "../ast/parser.ts";
import { TransformError } from "../errors.ts";
import { transform } from "../transform.ts";
import { importNames } from "./imports.ts";

export { TransformError };

const FILENAME = "repl.js";

/**
 * The text of a function body that returns a coroutine of `{ value }`: what the last expression of the input is,
 * undefined if it ends with another statement. Needs `require` for `tsyncio/native`, and sloppy mode: what the input
 * declares becomes a global variable, as in other prompts. Null if the input is not complete yet.
 *
 * @throws {TransformError} The input cannot be parsed, or has what has no meaning at a prompt.
 */
export function compileInput(input: string): string | null {
  let program: Program;
  try {
    program = parseModule(input, FILENAME, "module");
  } catch (error) {
    if (error instanceof TransformError && isIncomplete(error, input)) return null;
    throw error;
  }
  const { body } = program;
  const functions = body.flatMap((statement) =>
    statement.type === "FunctionDeclaration" && statement.id !== null ? [statement.id.name] : [],
  );
  const lines = body.map((statement) => rewrite(statement, input, statement === body.at(-1)));
  const head = functions.map((name) => `globalThis.${name}=${name};`).join("");
  const text = `"use tsyncio";async function repl(){${head}${lines.join("\n")}\n}return repl();`;
  const made = transform(text, { filename: FILENAME, sourceType: "commonjs" });
  if (made === null) throw new Error("the input was not compiled");
  return made.code;
}

/** The parser has come to the end, or is in something that has no end yet. */
function isIncomplete({ line, column, message }: TransformError, input: string): boolean {
  const rest = input
    .split("\n")
    .slice(line - 1)
    .join("\n")
    .slice(column - 1);
  const open = rest.startsWith("`") || rest.startsWith("/*");
  return rest.trim() === "" || (open && /[Uu]nterminated/.test(message));
}

function rewrite(statement: Statement, input: string, isLast: boolean): string {
  const text = (node: { start: number; end: number }) => input.slice(node.start, node.end);
  const refuse = (why: string) => new TransformError(why, FILENAME, input, statement.start);
  switch (statement.type) {
    case "ExpressionStatement":
      return isLast ? `return { value: (${text(statement.expression)}) };` : `;${text(statement)}`;
    case "VariableDeclaration": {
      const { kind, declarations } = statement;
      if (kind.endsWith("using")) {
        throw refuse(`${kind} would dispose of it at the end of the line: write { ${kind} x = …; … } in one piece`);
      }
      const assigned = declarations.map((one) => (one.init === null ? `${text(one.id)}=undefined` : text(one)));
      return `;(${assigned});`;
    }
    case "ClassDeclaration":
      return `;${statement.id?.name}=${text(statement)};`;
    case "ImportDeclaration":
      return importNames(statement);
    case "ExportAllDeclaration":
    case "ExportDefaultDeclaration":
    case "ExportNamedDeclaration":
      throw refuse("nothing can be exported from a prompt");
    default:
      return text(statement);
  }
}
