/** One pass over the module: where each node stands, and which binding each name means. */

import type { Program } from "oxc-parser";
import { eachChild, isClass, isFunction, type Node, type NodeOf } from "../ast/nodes.ts";
import { type Binding, Scope } from "./binding.ts";
import { boundNames } from "./patterns.ts";

export interface Reference {
  readonly node: Node;
  readonly binding: Binding | null;
}

export class Analysis {
  private readonly bindings = new Map<Node, Binding>();
  private readonly byName = new Map<string, Reference[]>();
  private readonly names: { readonly node: Node; readonly name: string; readonly scope: Scope }[] = [];
  private readonly written = new Set<Node>();

  constructor(program: Program) {
    this.enter(program, new Scope(null, true));
    // Now all declarations are known: names are resolved.
    for (const { node, name, scope } of this.names) {
      const binding = scope.find(name);
      const list = this.byName.get(name);
      if (list === undefined) this.byName.set(name, [{ node, binding }]);
      else list.push({ node, binding });
      if (binding === null) continue;
      this.bindings.set(node, binding);
      binding.references.push(node);
      if (this.written.has(node)) binding.writes += 1;
    }
  }

  parentOf(node: Node): Node | null {
    return node.parent ?? null;
  }

  /** The property of its parent in which a node stands. */
  keyOf(node: Node): string {
    for (const [key, value] of Object.entries(node.parent ?? {})) {
      if (key !== "parent" && (value === node || (Array.isArray(value) && value.includes(node)))) return key;
    }
    return "";
  }

  /** What a name means; null for a global, and for what is no name. */
  bindingOf(node: Node): Binding | null {
    return this.bindings.get(node) ?? null;
  }

  referencesTo(name: string): readonly Reference[] {
    return this.byName.get(name) ?? [];
  }

  private enter(node: Node, scope: Scope): void {
    eachChild(node, (child) => {
      (child as { parent?: Node }).parent = node;
      this.walk(child, node, scope);
    });
  }

  private walk(node: Node, parent: Node, scope: Scope): void {
    declareNames(node, scope);
    switch (node.type) {
      case "Identifier":
        this.names.push({ node, name: node.name, scope });
        break;
      case "JSXIdentifier":
        if (parent.type === "JSXOpeningElement" || parent.type === "JSXMemberExpression") {
          this.names.push({ node, name: node.name, scope });
        }
        return;
      case "AssignmentExpression":
        this.write(node.left);
        break;
      case "UpdateExpression":
        this.write(node.argument);
        break;
      case "ForOfStatement":
      case "ForInStatement":
        if (node.left.type !== "VariableDeclaration") this.write(node.left);
        break;
      default:
    }
    this.enter(node, scopeOf(node, scope));
  }

  private write(target: Node): void {
    for (const name of boundNames(target)) this.written.add(name);
  }
}

/** What a node declares in the scope in which it stands. */
function declareNames(node: Node, scope: Scope): void {
  switch (node.type) {
    case "ImportDeclaration":
      for (const one of node.specifiers)
        scope.declare(one.local.name, "import", null, node.source.value, importedName(one));
      break;
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      if (node.id !== null) scope.declare(node.id.name, "function", node);
      break;
    case "ClassDeclaration":
      if (node.id !== null) scope.declare(node.id.name, "class", node);
      break;
    case "VariableDeclaration":
      declareVariables(node, node.kind === "var" ? scope.forVars() : scope);
      break;
    case "TSEnumDeclaration":
      scope.declare(node.id.name, "class", node);
      break;
    case "TSModuleDeclaration":
      if (node.id.type === "Identifier") scope.declare(node.id.name, "namespace");
      break;
    default:
  }
}

function declareVariables({ kind, declarations }: NodeOf<"VariableDeclaration">, scope: Scope): void {
  const lasting = kind === "var" || kind === "let" ? "variable" : "const";
  for (const { id, init } of declarations) {
    for (const name of boundNames(id)) scope.declare(name.name, lasting, name === id ? init : null);
  }
}

/** The scope that a node opens for what is inside of it. */
function scopeOf(node: Node, outer: Scope): Scope {
  if (isFunction(node)) {
    const scope = new Scope(outer, true);
    if (node.type === "FunctionExpression" && node.id !== null) scope.declare(node.id.name, "function", node);
    for (const param of node.params) for (const { name } of boundNames(param)) scope.declare(name, "parameter");
    return scope;
  }
  if (isClass(node)) {
    const scope = new Scope(outer, false);
    if (node.id !== null) scope.declare(node.id.name, "class", node);
    return scope;
  }
  switch (node.type) {
    case "StaticBlock":
    case "TSModuleBlock":
      return new Scope(outer, true);
    case "BlockStatement":
    case "SwitchStatement":
    case "ForStatement":
    case "ForOfStatement":
    case "ForInStatement":
      return new Scope(outer, false);
    case "CatchClause": {
      const scope = new Scope(outer, false);
      if (node.param !== null) for (const { name } of boundNames(node.param)) scope.declare(name, "catch");
      return scope;
    }
    default:
      return outer;
  }
}

function importedName(specifier: NodeOf<"ImportDeclaration">["specifiers"][number]): string {
  switch (specifier.type) {
    case "ImportSpecifier":
      return specifier.imported.type === "Literal" ? specifier.imported.value : specifier.imported.name;
    case "ImportDefaultSpecifier":
      return "default";
    case "ImportNamespaceSpecifier":
      return "*";
  }
}
