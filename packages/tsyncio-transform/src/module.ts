/** A module that is being rewritten: what all rules share. */

import type { Program } from "oxc-parser";
import { eachChild, type Node, type NodeOf } from "./ast/nodes.ts";
import { Edits } from "./edits.ts";
import { Lines, TransformError, type Warning } from "./errors.ts";
import { Helpers } from "./helpers.ts";
import { Analysis } from "./scope/analyze.ts";
import { firstActive } from "./scope/inert.ts";
import { Members } from "./scope/members.ts";
import type { Style } from "./style.ts";

/** Where a node stands. */
export interface Here {
  /**
   * `module`: the module's own level; `native`: a function that is not async; the others: an async function, an async
   * generator.
   */
  readonly code: "module" | "native" | "coroutine" | "generator";
  /** The variable that holds the resources of the block, for `using`. */
  readonly resources: string | null;
  /** What an arrow function that became a generator has taken from around it. */
  readonly captured: Captured;
}

/**
 * The variables that stand for what a generator function has of its own; null where the code still has the real thing.
 */
export interface Captured {
  readonly arguments: string | null;
  readonly newTarget: string | null;
  /** A function: `(key) => super[key]`. */
  readonly super: string | null;
  /** A function: `() => this`. Only in the constructor of a subclass, where there is none before `super()`. */
  readonly this: string | null;
}

export const NOTHING: Captured = { arguments: null, newTarget: null, super: null, this: null };

/** True in the code of async functions: there `await` is ours. */
export function isOurs({ code }: Here): boolean {
  return code === "coroutine" || code === "generator";
}

/** Rewrites a node, and visits what is inside of it. */
export type Visitor = (node: Node, here: Here, module: Module) => void;
export type Rules = { readonly [T in Node["type"]]?: (node: NodeOf<T>, here: Here, module: Module) => void };

export class Module {
  readonly filename: string;
  readonly style: Style;
  readonly program: Program;
  readonly analysis: Analysis;
  readonly edits: Edits;
  readonly helpers: Helpers;
  readonly warnings: Warning[] = [];
  /** Variables of the module that hold something for a moment. */
  readonly variables: string[] = [];
  /** The offset of the first statement that may run a function of the module. */
  readonly firstActive: number;
  readonly members: Members;
  /** The calls of `then`, `catch` and `finally` that are compiled to stay in their task. */
  readonly chains = new Set<Node>();
  /** Of properties and fields that name a function by a computed key: the expression for that. */
  readonly keys = new Map<Node, { readonly key: string }>();
  private readonly lines: Lines;
  private readonly visitor: Visitor;

  constructor(code: string, filename: string, program: Program, style: Style, visitor: Visitor) {
    this.style = style;
    this.filename = filename;
    this.program = program;
    this.analysis = new Analysis(program);
    this.firstActive = firstActive(program, this.analysis);
    this.members = new Members(program, this.analysis);
    this.edits = new Edits(code, style);
    this.helpers = new Helpers(code, style);
    this.lines = new Lines(code);
    this.visitor = visitor;
  }

  get code(): string {
    return this.edits.code;
  }

  visit(node: Node, here: Here): void {
    this.visitor(node, here, this);
  }

  visitChildren(node: Node, here: Here): void {
    eachChild(node, (child) => this.visit(child, here));
  }

  visitAll(nodes: Iterable<Node | null>, here: Here): void {
    for (const node of nodes) if (node !== null) this.visit(node, here);
  }

  variable(letter: string): string {
    const name = this.helpers.fresh(letter);
    this.variables.push(name);
    return name;
  }

  fail(node: Node, message: string): never {
    throw new TransformError(message, this.filename, this.code, node.start);
  }

  warn(rule: Warning["rule"], node: Node, message: string): void {
    this.warnings.push({ rule, message, ...this.lines.placeOf(node.start) });
  }

  /** `"file.ts:12"`: how the output names a place at run time. */
  placeText(node: Node): string {
    const file = this.filename
      .replace(/[?#].*$/s, "")
      .split(/[\\/]/)
      .at(-1);
    return JSON.stringify(`${file}:${this.lines.placeOf(node.start).line}`);
  }
}
