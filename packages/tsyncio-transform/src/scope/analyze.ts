/** One pass over the module: where each node stands, and which binding each name means. */

import type { Program } from "oxc-parser";
import { eachChild, isClass, isFunction, type Node, type NodeOf } from "../ast/nodes.ts";
import { type Binding, type BindingKind, Scope } from "./binding.ts";
import { boundNames } from "./patterns.ts";

export interface Reference {
  readonly node: Node;
  readonly binding: Binding | null;
}

export class Analysis {
  private readonly positions = new Map<Node, { readonly parent: Node; readonly key: string }>();
  private readonly bindings = new Map<Node, Binding>();
  private readonly byName = new Map<string, Reference[]>();
  private readonly names: { readonly node: Node; readonly name: string; readonly scope: Scope }[] = [];
  private readonly written = new Set<Node>();

  constructor(program: Program) {
    const module = new Scope(null, true);
    this.declareVars(program, module);
    this.declareLexical(program.body, module);
    this.enter(program, module);
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
    return this.positions.get(node)?.parent ?? null;
  }

  /** The property of its parent in which a node stands. */
  keyOf(node: Node): string {
    return this.positions.get(node)?.key ?? "";
  }

  /** What a name means; null for a global, and for what is no name. */
  bindingOf(node: Node): Binding | null {
    return this.bindings.get(node) ?? null;
  }

  referencesTo(name: string): readonly Reference[] {
    return this.byName.get(name) ?? [];
  }

  // ---- what is declared

  /** The `var`s below the node, but for those of functions. */
  private declareVars(node: Node, scope: Scope): void {
    if (node.type === "VariableDeclaration" && node.kind === "var") this.declareVariables(node, scope);
    eachChild(node, (child) => {
      if (!isFunction(child) && child.type !== "StaticBlock" && child.type !== "TSModuleDeclaration")
        this.declareVars(child, scope);
    });
  }

  private declareVariables({ kind, declarations }: NodeOf<"VariableDeclaration">, scope: Scope): void {
    const lasting: BindingKind = kind === "var" || kind === "let" ? "variable" : "const";
    for (const { id, init } of declarations) {
      for (const name of boundNames(id)) scope.declare(name.name, lasting, name === id ? init : null);
    }
  }

  /** What statements declare in their own block. */
  private declareLexical(statements: readonly Node[], scope: Scope): void {
    for (const node of statements) {
      switch (node.type) {
        case "ImportDeclaration":
          for (const one of node.specifiers)
            scope.declare(one.local.name, "import", null, node.source.value, importedName(one));
          break;
        case "ExportNamedDeclaration":
        case "ExportDefaultDeclaration":
          if (node.declaration !== null) this.declareLexical([node.declaration], scope);
          break;
        case "FunctionDeclaration":
        case "TSDeclareFunction":
          if (node.id !== null) scope.declare(node.id.name, "function", node);
          break;
        case "ClassDeclaration":
          if (node.id !== null) scope.declare(node.id.name, "class", node);
          break;
        case "VariableDeclaration":
          if (node.kind !== "var") this.declareVariables(node, scope);
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
  }

  // ---- what is referred to: resolved at the end, when all declarations are known

  private enter(node: Node, scope: Scope): void {
    eachChild(node, (child, key) => this.walk(child, node, key, scope));
  }

  private walk(node: Node, parent: Node, key: string, scope: Scope): void {
    this.positions.set(node, { parent, key });
    switch (node.type) {
      case "Identifier":
        this.refer(node, node.name, scope);
        break;
      case "JSXIdentifier":
        if (parent.type === "JSXOpeningElement" || key === "object") this.refer(node, node.name, scope);
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
    this.enter(node, this.scopeOf(node, scope));
  }

  private refer(node: Node, name: string, scope: Scope): void {
    this.names.push({ node, name, scope });
  }

  private write(target: Node): void {
    for (const name of boundNames(target)) this.written.add(name);
  }

  /** The scope that a node opens for what is inside of it. */
  private scopeOf(node: Node, outer: Scope): Scope {
    if (isFunction(node)) return this.functionScope(node, outer);
    if (isClass(node) && node.id !== null) {
      const scope = new Scope(outer, false);
      scope.declare(node.id.name, "class", node);
      return scope;
    }
    switch (node.type) {
      case "BlockStatement": {
        const scope = new Scope(outer, false);
        this.declareLexical(node.body, scope);
        return scope;
      }
      case "StaticBlock":
      case "TSModuleBlock": {
        const scope = new Scope(outer, true);
        this.declareVars(node, scope);
        this.declareLexical(node.body, scope);
        return scope;
      }
      case "SwitchStatement": {
        const scope = new Scope(outer, false);
        for (const { consequent } of node.cases) this.declareLexical(consequent, scope);
        return scope;
      }
      case "ForStatement":
        return this.headScope(node.init, outer);
      case "ForOfStatement":
      case "ForInStatement":
        return this.headScope(node.left, outer);
      case "CatchClause": {
        const scope = new Scope(outer, false);
        if (node.param !== null) for (const { name } of boundNames(node.param)) scope.declare(name, "catch");
        return scope;
      }
      default:
        return outer;
    }
  }

  private functionScope(node: NodeOf<"FunctionExpression"> | NodeOf<"ArrowFunctionExpression">, outer: Scope): Scope {
    const scope = new Scope(outer, true);
    if (node.type === "FunctionExpression" && node.id !== null) scope.declare(node.id.name, "function", node);
    for (const param of node.params) for (const { name } of boundNames(param)) scope.declare(name, "parameter");
    if (node.body !== null) this.declareVars(node.body, scope);
    return scope;
  }

  private headScope(head: Node | null, outer: Scope): Scope {
    const scope = new Scope(outer, false);
    if (head !== null) this.declareLexical([head], scope);
    return scope;
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
