/**
 * The JSON form of conformance programs, cases and traces. README.md in this folder specifies the language;
 * `oracle.py` is the reference implementation of it.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An expression, a statement, or keyword arguments. */
export type Node = Json;

/** A list of statements. */
export type Body = Node[];

export type FunctionKind = "async" | "agen" | "sync";

export interface FunctionSource {
  kind: FunctionKind;
  params?: string[];
  body: Body;
}

export interface ManagerSource {
  params?: string[];
  enter: Body;
  exit: Body;
}

export interface Program {
  eager?: boolean;
  ctxvars?: [name: string, ...defaultValue: Json[]][];
  globals?: [name: string, value: Node][];
  funcs: Record<string, FunctionSource>;
  cms?: Record<string, ManagerSource>;
  mains?: string[];
}

/** `[time, task, kind, ...]`: the time in ticks of 1/64 s, the label of the current task or null. */
export type TraceEvent = Json[];

export interface Case {
  id: string;
  features?: string[];
  why?: string;
  program: Program;
  trace: TraceEvent[];
}

/** A program that does not follow README.md, or a file that holds no cases. */
export class BadProgram extends Error {
  override readonly name = "BadProgram";
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Checks the outer form of a case. Throws BadProgram with what is missing. */
export function checkCase(value: unknown): Case {
  if (!isObject(value)) {
    throw new BadProgram("not a case: an object with id, program and trace is expected");
  }
  if (typeof value.id !== "string") {
    throw new BadProgram('not a case: "id" is missing or no string');
  }
  if (!isObject(value.program) || !isObject(value.program.funcs)) {
    throw new BadProgram(`not a case (${value.id}): "program" is missing or has no "funcs"`);
  }
  if (!Array.isArray(value.trace) || !value.trace.every(Array.isArray)) {
    throw new BadProgram(`not a case (${value.id}): "trace" is missing or no list of events`);
  }
  return value as unknown as Case;
}

/**
 * The cases of a `.jsonl` text, one a line; blank lines are passed over.
 * Throws BadProgram, which names the line, for a line that is no case.
 */
export function parseCases(text: string): Case[] {
  const cases: Case[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") {
      continue;
    }
    try {
      cases.push(checkCase(JSON.parse(line)));
    } catch (error) {
      throw new BadProgram(`line ${index + 1}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return cases;
}
