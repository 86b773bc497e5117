/** The compiler: a module in, the same module with coroutines in the place of its async functions out. */

import type { SourceMap } from "magic-string";
import { type Parse, parseModule, type SourceType, sourceTypeOf } from "./ast/parser.ts";
import { findDirective, isMarked, lastDirective } from "./directive.ts";
import type { Warning } from "./errors.ts";
import { Module, NOTHING } from "./module.ts";
import { visitNode } from "./rules/index.ts";
import { registrations } from "./rules/registrations.ts";
import type { Style } from "./style.ts";

/** Options of `transform`. */
export interface TransformOptions {
  /** The file's name: by its end the language is known, by itself the places in messages. */
  readonly filename: string;
  /** Defaults to `commonjs` for `.cjs` and `.cts`, to `module` for all others. */
  readonly sourceType?: SourceType;
  /** Defaults to `parseSync` of oxc-parser. */
  readonly parse?: Parse;
}

/** What `transform` returns. */
export interface TransformResult {
  readonly code: string;
  /** Made when it is asked for: no line moves, so that most tools need none. */
  readonly map: SourceMap;
  readonly warnings: readonly Warning[];
}

/**
 * Compiles a module that begins with `"use tsyncio"`. Returns null for any other: that costs one search of the text.
 * The output has the line breaks of the input.
 *
 * @throws {TransformError} The module cannot be parsed, or has what cannot be compiled; the message says where, and
 * what to write instead.
 *
 *     const output = transform(source, { filename: "app.ts" });
 *     if (output !== null) write(output.code, output.map);
 */
export function transform(code: string, options: TransformOptions): TransformResult | null {
  const module = rewrite(code, options, "packed");
  if (module === null) return null;
  const { edits, filename, warnings } = module;
  return {
    code: edits.toString(),
    get map() {
      return edits.map(filename);
    },
    warnings,
  };
}

/** The module with all its edits; null if it is not marked. */
export function rewrite(code: string, options: TransformOptions, style: Style): Module | null {
  if (!isMarked(code)) return null;
  const { filename, sourceType = sourceTypeOf(filename), parse } = options;
  const program = parseModule(code, filename, sourceType, parse);
  const directive = findDirective(program);
  if (directive === null) return null;
  const module = new Module(code, filename, program, style, visitNode);
  if (!directive.leads) {
    module.fail(directive.node, '"use tsyncio" must be the first statement of the module: here it means nothing');
  }
  module.visitAll(program.body, { code: "module", resources: null, captured: NOTHING });

  const { edits, helpers, variables } = module;
  const hoisted = registrations(program.body, module);
  const declared = variables.length > 0 ? `let ${variables.join(", ")};\n` : "";
  const head = `${helpers.import(sourceType)}${declared}${hoisted.join("")}`.trimEnd();
  const { node } = directive;
  const last = lastDirective(program.body);
  edits.replace(node.start, node.end, last === node ? head : "");
  if (last !== null && last !== node) edits.insertFirst(last.end, `;\n${head}`);
  return module;
}
