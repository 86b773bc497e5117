/**
 * The members of objects under which a module keeps coroutine functions: known by their names alone, whatever the
 * object is.
 */

import type { Program } from "oxc-parser";
import { bare, eachChild, isAsyncFunction, isCoroutineFunction, type Node } from "../ast/nodes.ts";
import type { Analysis } from "./analyze.ts";
import { isConstant } from "./binding.ts";
import { isFromTsyncio } from "./tsyncio.ts";

export class Members {
  /** Names of members that may be coroutine functions; private ones with their `#`. */
  private readonly functions = new Set<string>();
  /** Those that may hold a wrapper: the function was handed over when it was put there. */
  private readonly wrappers = new Set<string>();
  private readonly analysis: Analysis;

  constructor(program: Program, analysis: Analysis) {
    this.analysis = analysis;
    this.collect(program);
  }

  /**
   * True for a name, a member or a function in place that may be a coroutine function: anything may be that is
   * imported.
   */
  mayBeCoroutineFunction(node: Node): boolean {
    return this.isImported(bare(node)) || this.isCoroutineFunction(node);
  }

  /** The same, but for what is imported. */
  isCoroutineFunction(node: Node): boolean {
    const value = bare(node);
    switch (value.type) {
      case "Identifier":
        return this.isCoroutineName(value);
      case "MemberExpression":
        return !value.computed && this.functions.has(nameOf(value.property));
      case "ConditionalExpression":
        return this.isCoroutineFunction(value.consequent) || this.isCoroutineFunction(value.alternate);
      case "LogicalExpression":
        return this.isCoroutineFunction(value.left) || this.isCoroutineFunction(value.right);
      default:
        return isCoroutineFunction(value);
    }
  }

  /** True for a member that may hold a wrapper. */
  mayHoldWrapper(node: Node): boolean {
    return node.type === "MemberExpression" && this.wrappers.has(node.computed ? COMPUTED : nameOf(node.property));
  }

  private isImported(name: Node): boolean {
    const binding = this.analysis.bindingOf(name);
    if (binding?.kind !== "import" || binding.imported === "*") return false;
    return !isFromTsyncio(binding) && !binding.source.startsWith("node:");
  }

  private isCoroutineName(name: Node): boolean {
    const binding = this.analysis.bindingOf(name);
    if (binding === null || binding.value === null) return false;
    const value = bare(binding.value);
    // `const g = f` is f.
    if (value.type === "Identifier")
      return isConstant(binding) && binding !== this.analysis.bindingOf(value) && this.isCoroutineName(value);
    return isCoroutineFunction(value);
  }

  private collect(node: Node): void {
    switch (node.type) {
      case "MethodDefinition":
        if (isAsyncFunction(node.value) && !node.value.generator) this.functions.add(keyOf(node));
        break;
      case "Property":
        if (this.analysis.parentOf(node)?.type === "ObjectExpression") this.put(keyOf(node), node.value);
        break;
      case "PropertyDefinition":
      case "AccessorProperty":
        if (node.value !== null) this.put(keyOf(node), node.value);
        break;
      case "AssignmentExpression":
        if (node.left.type === "MemberExpression") {
          this.put(node.left.computed ? COMPUTED : nameOf(node.left.property), node.right);
        }
        break;
      case "ArrayExpression":
        for (const element of node.elements) if (element !== null) this.put(COMPUTED, element);
        break;
      default:
    }
    eachChild(node, (child) => this.collect(child));
  }

  private put(name: string, value: Node): void {
    if (!this.mayBeCoroutineFunction(value)) return;
    this.functions.add(name);
    if (!name.startsWith("#")) this.wrappers.add(name);
  }
}

/** Stands for all names that are computed. No property has it: it is no word. */
const COMPUTED = "[]";

function keyOf(member: { readonly key: Node; readonly computed: boolean }): string {
  return member.computed ? COMPUTED : nameOf(member.key);
}

function nameOf(key: Node): string {
  if (key.type === "Identifier") return key.name;
  if (key.type === "PrivateIdentifier") return `#${key.name}`;
  return key.type === "Literal" ? String(key.value) : COMPUTED;
}
