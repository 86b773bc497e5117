/** Any parser with this AST: oxc-parser, and the one that rolldown and Vite have. */

import { type Program, parseSync } from "oxc-parser";
import { TransformError } from "../errors.ts";

/** A module of ECMAScript, or one of CommonJS. */
export type SourceType = "module" | "commonjs";

/** What a parser is called with. */
export interface ParseOptions {
  readonly lang: "ts" | "tsx" | "jsx";
  readonly sourceType: SourceType;
}

/** `parseSync` of oxc-parser, or `parseSync` of `rolldown/utils` and of Vite. */
export type Parse = (
  filename: string,
  code: string,
  options: ParseOptions,
) => { readonly program: Program; readonly errors: readonly ParseError[] };

interface ParseError {
  readonly message: string;
  readonly labels?: readonly { readonly start: number }[];
}

/** @throws {TransformError} The code cannot be parsed. */
export function parseModule(code: string, filename: string, sourceType: SourceType, parse: Parse = parseSync): Program {
  const { program, errors } = parse(filename, code, { lang: languageOf(filename), sourceType });
  const [first] = errors;
  if (first !== undefined) throw new TransformError(first.message, filename, code, first.labels?.[0]?.start ?? 0);
  return program;
}

/** The file's name without what bundlers add: `?v=1`, `#x`. */
function pathOf(filename: string): string {
  return filename.replace(/[?#].*$/s, "");
}

function languageOf(filename: string): ParseOptions["lang"] {
  const path = pathOf(filename);
  if (/\.[cm]?ts$/.test(path)) return "ts";
  return path.endsWith(".tsx") ? "tsx" : "jsx";
}

/** How Node loads a file of this name, where no package.json decides. */
export function sourceTypeOf(filename: string): SourceType {
  return /\.c[jt]s$/.test(pathOf(filename)) ? "commonjs" : "module";
}
