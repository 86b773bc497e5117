/**
 * TypeScript's language service, asked of one program. Each question has the whole text with it: a program of the
 * playground is small, and nothing has to be kept in step.
 */

import files from "virtual:type-files";
import ts from "typescript";
import { isMarked } from "../../../packages/tsyncio-transform/src/directive.ts";

const PROGRAM = "/program.ts";
const HOME = "/node_modules/tsyncio";
/** Roots, too, so that names are offered that the program does not import yet. */
const ENTRIES = [`${HOME}/dist/index.d.ts`, `${HOME}/dist/testing/index.d.ts`];
/** Rule 8 of the native syntax: with it, functions of tsyncio take what the call of an async function returns. */
const NATIVE = `${HOME}/types/native.d.ts`;
const MODULES = new Set(["tsyncio", "tsyncio/testing"]);

/** As strict as the projects of `npm create tsyncio`. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  lib: ["lib.esnext.d.ts", "lib.webworker.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
};
const PREFERENCES: ts.UserPreferences = { includeCompletionsForModuleExports: true, quotePreference: "double" };
const FORMAT: ts.FormatCodeSettings = { ...ts.getDefaultFormatCodeSettings("\n"), indentSize: 2 };

/** A part of the text: offsets, of which `to` is behind the last character. */
interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Problem extends Range {
  readonly severity: "error" | "warning";
  readonly message: string;
}

export interface Hover extends Range {
  readonly signature: string;
  readonly documentation: string;
}

export interface Offer {
  readonly name: string;
  /** One of those that the editor has a picture for. */
  readonly kind: string;
  /** From TypeScript's order: higher comes first. */
  readonly boost: number;
  /** The module that the program does not import it from yet; null for none. */
  readonly source: string | null;
  /** What TypeScript wants to have back. */
  readonly data: ts.CompletionEntryData | undefined;
}

export interface Details {
  readonly signature: string;
  readonly documentation: string;
  /** What makes the program import it. */
  readonly changes: readonly (Range & { readonly insert: string })[];
}

let program = "";
let version = 0;

const service = ts.createLanguageService({
  getCompilationSettings: () => OPTIONS,
  getScriptFileNames: () => [PROGRAM, ...ENTRIES, ...(isMarked(program) ? [NATIVE] : [])],
  getProjectVersion: () => String(version),
  getScriptVersion: (name) => (name === PROGRAM ? String(version) : ""),
  getScriptSnapshot: (name) => {
    const text = read(name);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => "/",
  getDefaultLibFileName: () => "/lib/lib.esnext.d.ts",
  fileExists: (name) => read(name) !== undefined,
  readFile: read,
  directoryExists: (name) => inside(name).length > 0,
  getDirectories: (name) => [
    ...new Set(inside(name).flatMap((path) => (path.includes("/") ? [path.slice(0, path.indexOf("/"))] : []))),
  ],
  useCaseSensitiveFileNames: () => true,
});

function read(name: string): string | undefined {
  if (name === PROGRAM) return program;
  return Object.hasOwn(files, name) ? files[name] : undefined;
}

/** The paths in that folder, from there. */
function inside(folder: string): string[] {
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  return Object.keys(files).flatMap((path) => (path.startsWith(start) ? [path.slice(start.length)] : []));
}

function take(text: string): void {
  if (text === program) return;
  program = text;
  version++;
}

/** What the worker answers. */
export const typeService = {
  errors(text: string): Problem[] {
    take(text);
    const all = [...service.getSyntacticDiagnostics(PROGRAM), ...service.getSemanticDiagnostics(PROGRAM)];
    return all.map(({ start = 0, length = 0, category, messageText, code }) => ({
      ...rangeOf({ start, length }),
      severity: category === ts.DiagnosticCategory.Error ? "error" : "warning",
      message: `${ts.flattenDiagnosticMessageText(messageText, "\n")} (TS${code})`,
    }));
  },

  hover(text: string, at: number): Hover | null {
    take(text);
    const info = service.getQuickInfoAtPosition(PROGRAM, at);
    if (info?.displayParts === undefined) return null;
    return { ...rangeOf(info.textSpan), ...described(info) };
  },

  /** At `at`, which is the end of what has been typed. */
  offers(text: string, at: number): Offer[] {
    take(text);
    const found = service.getCompletionsAtPosition(PROGRAM, at, PREFERENCES)?.entries ?? [];
    return found.flatMap(({ name, kind, sortText, source = null, data }) => {
      if (source !== null && !MODULES.has(source)) return [];
      return [{ name, kind: KINDS[kind] ?? "variable", boost: 14 - Number.parseInt(sortText, 10) || 0, source, data }];
    });
  },

  details(text: string, at: number, { name, source, data }: Offer): Details | null {
    take(text);
    const found = service.getCompletionEntryDetails(PROGRAM, at, name, FORMAT, source ?? undefined, PREFERENCES, data);
    if (found === undefined) return null;
    const edits = (found.codeActions ?? []).flatMap(({ changes }) => changes).flatMap((one) => one.textChanges);
    const changes = edits.map(({ span, newText }) => ({ ...rangeOf(span), insert: newText }));
    return { ...described(found), changes };
  },
};

export type TypeService = typeof typeService;

/** Those of TypeScript, as the editor names them. */
const KINDS: Readonly<Record<string, string>> = {
  [ts.ScriptElementKind.classElement]: "class",
  [ts.ScriptElementKind.constElement]: "constant",
  [ts.ScriptElementKind.enumElement]: "enum",
  [ts.ScriptElementKind.functionElement]: "function",
  [ts.ScriptElementKind.localFunctionElement]: "function",
  [ts.ScriptElementKind.interfaceElement]: "interface",
  [ts.ScriptElementKind.keyword]: "keyword",
  [ts.ScriptElementKind.memberFunctionElement]: "method",
  [ts.ScriptElementKind.memberGetAccessorElement]: "property",
  [ts.ScriptElementKind.memberVariableElement]: "property",
  [ts.ScriptElementKind.moduleElement]: "namespace",
  [ts.ScriptElementKind.typeElement]: "type",
};

function rangeOf({ start, length }: ts.TextSpan): Range {
  return { from: start, to: start + length };
}

function described(info: Pick<ts.QuickInfo, "displayParts" | "documentation" | "tags">): {
  signature: string;
  documentation: string;
} {
  const tags = (info.tags ?? []).map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`.trim());
  return {
    signature: ts.displayPartsToString(info.displayParts),
    documentation: [ts.displayPartsToString(info.documentation), ...tags].filter((text) => text !== "").join("\n\n"),
  };
}
