/**
 * Async arrow functions. A generator cannot be an arrow function, so it is bound to the `this` around it; `arguments`,
 * `new.target` and `super` are handed in where the code uses them.
 */

import { isAsyncFunction, isClass, isFunction, type Node, type NodeOf } from "../ast/nodes.ts";
import type { Edits } from "../edits.ts";
import type { Captured, Module, Rules } from "../module.ts";
import type { Analysis } from "../scope/analyze.ts";
import { adoption } from "./awaits.ts";
import { registered, visitFunction, visitParts } from "./functions.ts";
import { type LexicalUses, lexicalUses } from "./lexicalUses.ts";
import { nameByPlace } from "./naming.ts";
import { parenthesis } from "./precedence.ts";
import { pure } from "./pure.ts";

type Arrow = NodeOf<"ArrowFunctionExpression">;

export const arrows: Rules = {
  ArrowFunctionExpression(node, here, module) {
    if (!isAsyncFunction(node)) return visitFunction(node, here, module);
    const { edits, helpers } = module;
    const uses = lexicalUses(node);
    const shape = registered(node, nameByPlace(node, module), module);
    let { open: before, close: behind } = shape;
    const { captured, variables, values } = capture(node, uses, here.captured, module);
    const isBound = uses.this && captured.this === null;
    if (isBound) {
      before = `${helpers.use("boundFunction")}(${before}`;
      behind += ".bind(this))";
    }
    if (variables.length > 0) {
      before = `${parenthesis(node, module)}(${variables.join(", ")}) => ${before}`;
      behind += `)(${values.join(", ")})`;
    }
    const isCall = shape.isCall && !isBound && variables.length === 0;
    const { open, close } = pure({ open: before, close: behind, isCall }, here, module);
    edits.before(node, open);
    const asyncEnd = edits.behind("async", node.start);
    head(node, asyncEnd, shape.name, edits);
    const arrow = arrowAt(node, asyncEnd, edits);
    if (node.body.type === "BlockStatement") {
      edits.replace(arrow, arrow + 2, "");
      visitParts(node, captured, module);
      endStatement(node, module);
      edits.after(node, close);
    } else {
      const [begin, end] = adoption(node.body, module);
      // On a line of its own, what is returned needs the parenthesis; for people it is left out elsewhere.
      const isBare = module.style === "readable" && !/\n/.test(edits.code.slice(arrow, node.body.start));
      edits.replace(arrow, isBare ? node.body.start : arrow + 2, `{\nreturn ${isBare ? "" : "("}${begin}`);
      visitParts(node, captured, module);
      edits.after(node, `${end}${isBare ? "" : ")"};\n}${close}`);
    }
  },
};

/** `async (x)` becomes `function*(x)`, and `async x` becomes `function*(x)`. */
function head(node: Arrow, asyncEnd: number, name: string, edits: Edits): void {
  const [param] = node.params;
  const isBare = param?.type === "Identifier" && edits.skipBlanks(asyncEnd) === param.start;
  const from = isBare ? param.start : edits.code[asyncEnd] === " " ? asyncEnd + 1 : asyncEnd;
  edits.replace(node.start, from, `function*${name}${isBare ? "(" : ""}`);
  if (isBare) edits.after(param, ")");
}

/** The offset of `=>`. */
function arrowAt(node: Arrow, asyncEnd: number, edits: Edits): number {
  let at = node.returnType?.end ?? endOf(node.params.at(-1)) ?? node.typeParameters?.end ?? asyncEnd;
  for (;;) {
    at = edits.skipBlanks(at);
    if (edits.code.startsWith("=>", at)) return at;
    at += 1;
  }
}

function endOf(param: Arrow["params"][number] | undefined): number | undefined {
  if (param === undefined) return undefined;
  const annotation = param.type === "TSParameterProperty" ? null : param.typeAnnotation;
  return Math.max(param.end, annotation?.end ?? 0);
}

/**
 * An arrow function with a block ends a statement or a field without a semicolon, whatever follows. A call does not:
 * what follows could be its arguments.
 */
function endStatement(node: Arrow, { analysis, edits }: Module): void {
  const next = edits.skipBlanks(node.end);
  if (!"([`+-/*".includes(edits.code[next] ?? ";")) return;
  for (let outer: Node | null = node; outer?.end === node.end; outer = analysis.parentOf(outer)) {
    if (/(?:Statement|Declaration|Definition|Property)$/.test(outer.type)) return edits.insertFirst(next, ";");
  }
}

function capture(node: Arrow, uses: LexicalUses, outer: Captured, { helpers, analysis }: Module) {
  const variables: string[] = [];
  const values: string[] = [];
  const take = (value: string): string => {
    const variable = helpers.fresh("n");
    variables.push(variable);
    values.push(value);
    return variable;
  };
  const captured: Captured = {
    arguments: outer.arguments ?? (uses.arguments ? take("arguments") : null),
    newTarget: outer.newTarget ?? (uses.newTarget ? take("new.target") : null),
    super: outer.super ?? (uses.super ? take("(key) => super[key]") : null),
    this: outer.this ?? (uses.this && isInDerivedConstructor(node, analysis) ? take("() => this") : null),
  };
  return { captured, variables, values };
}

/** True where `this` may be that of a constructor before its `super()`: it cannot be taken yet. */
function isInDerivedConstructor(node: Node, analysis: Analysis): boolean {
  for (
    let inner = node, outer = analysis.parentOf(node);
    outer !== null;
    inner = outer, outer = analysis.parentOf(outer)
  ) {
    if (outer.type === "StaticBlock") return false;
    if ((outer.type === "PropertyDefinition" || outer.type === "AccessorProperty") && outer.value === inner)
      return false;
    if (!isFunction(outer) || outer.type === "ArrowFunctionExpression") continue;
    const method = analysis.parentOf(outer);
    if (method?.type !== "MethodDefinition" || method.kind !== "constructor") return false;
    const owner = analysis.parentOf(analysis.parentOf(method) ?? method);
    return owner !== null && isClass(owner) && owner.superClass !== null;
  }
  return false;
}
