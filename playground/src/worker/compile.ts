/** From the text in the editor to a module for the worker. No step moves a line. */

import type { Node, Program } from "acorn";
import { base, simple } from "acorn-walk";
import { MagicString } from "magic-string";
import { transform as stripTypes } from "sucrase";
import { TransformError, transform } from "tsyncio-transform";
import type { Mode } from "../protocol.ts";
import { type Modules, PROGRAM } from "./modules.ts";
import { parse } from "./parser.ts";

export interface Compiled {
  readonly code: string;
  readonly warnings: readonly { readonly line: number; readonly message: string }[];
}

/** The program cannot be run. */
export class CompileError extends Error {
  readonly line: number | null;

  constructor(message: string, line: number | null) {
    super(message);
    this.line = line;
  }
}

/** @throws {CompileError} */
export function compile(text: string, mode: Mode, modules: Modules): Compiled {
  const plain = withoutTypes(text);
  const again = mode === "race" ? startedAgain(plain) : plain;
  const made = native(again);
  const code = made?.code ?? again;
  return { code: linked(code, modules), warnings: made?.warnings ?? [] };
}

function withoutTypes(text: string): string {
  try {
    const options = { transforms: ["typescript" as const], disableESTransforms: true, filePath: PROGRAM };
    return stripTypes(text, options).code;
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number } };
    throw new CompileError(bareMessage(message), loc?.line ?? null);
  }
}

function native(code: string): ReturnType<typeof transform> {
  try {
    return transform(code, { filename: PROGRAM });
  } catch (error) {
    if (!(error instanceof TransformError)) throw error;
    throw new CompileError(bareMessage(error.message), error.line);
  }
}

/** Without the file and the place that tools put into their messages: columns are those of another text. */
function bareMessage(message: string): string {
  return message.replace(/^(?:Error transforming )?program\.ts:(?:\d+:\d+:)? */, "").replace(/ \(\d+:\d+\)$/, "");
}

function parsed(code: string): Program {
  try {
    return parse(code);
  } catch (error) {
    const { message, pos } = error as SyntaxError & { pos: number };
    throw new CompileError(bareMessage(message), lineAt(code, pos));
  }
}

function lineAt(code: string, offset: number): number {
  return code.slice(0, offset).split("\n").length;
}

/** `run(main())` at the top level becomes `run(() => main())`, so that it can be run many times. */
function startedAgain(code: string): string {
  const program = parsed(code);
  const isRun = runsOf(program);
  const text = new MagicString(code);
  simple(
    program,
    {
      CallExpression({ callee, arguments: [first] }) {
        if (first === undefined || !isRun(callee)) return;
        text.appendLeft(first.start, "() => (").appendRight(first.end, ")");
      },
    },
    { ...base, Function() {} }, // not inside functions
  );
  return text.toString();
}

/** Says of an expression whether it is tsyncio's `run`. */
function runsOf(program: Program): (callee: Node) => boolean {
  const names = new Set<string>();
  const namespaces = new Set<string>();
  for (const node of program.body) {
    if (node.type !== "ImportDeclaration" || node.source.value !== "tsyncio") continue;
    for (const specifier of node.specifiers) {
      if (specifier.type === "ImportNamespaceSpecifier") namespaces.add(specifier.local.name);
      else if (importedName(specifier) === "run") names.add(specifier.local.name);
    }
  }
  return (callee) => {
    const node = callee as Program["body"][number] | import("acorn").Expression;
    if (node.type === "Identifier") return names.has(node.name);
    if (node.type !== "MemberExpression" || node.object.type !== "Identifier") return false;
    return namespaces.has(node.object.name) && node.property.type === "Identifier" && node.property.name === "run";
  };
}

function importedName(specifier: import("acorn").ImportSpecifier | import("acorn").ImportDefaultSpecifier): string {
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  const { imported } = specifier;
  return imported.type === "Identifier" ? imported.name : String(imported.value);
}

/** What the module imports is imported from where it is. */
function linked(code: string, modules: Modules): string {
  const text = new MagicString(code);
  for (const node of parsed(code).body) {
    if (node.type === "ExportAllDeclaration" || node.type === "ExportNamedDeclaration") {
      if (node.source) throw new CompileError("a program of the playground exports nothing", lineAt(code, node.start));
      continue;
    }
    if (node.type !== "ImportDeclaration") continue;
    const specifier = String(node.source.value);
    for (const imported of [null, ...node.specifiers]) {
      const name = imported === null || imported.type === "ImportNamespaceSpecifier" ? null : importedName(imported);
      const refusal = modules.refuse(specifier, name);
      if (refusal !== null) throw new CompileError(refusal, lineAt(code, (imported ?? node).start));
    }
    text.update(node.source.start, node.source.end, JSON.stringify(modules.resolve(specifier)));
  }
  return text.toString();
}
