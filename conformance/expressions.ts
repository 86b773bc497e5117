/** Translates the expressions of one function to JavaScript. */

import { BadProgram, isObject, type Node } from "./program.ts";
import type { Syntax } from "./syntax.ts";

/** Operators, and what `$` calls them. */
const OPERATORS: Record<string, string> = {
  "+": "add",
  "-": "subtract",
  "*": "multiply",
  "%": "modulo",
  "==": "equal",
  "!=": "unequal",
  "<": "less",
  "<=": "lessOrEqual",
  ">": "greater",
  ">=": "greaterOrEqual",
  is: "is",
  is_not: "isNot",
  in: "contained",
  not: "not",
  range: "range",
  len: "len",
  str: "str",
  item: "item",
  cause: "cause",
  exceptions: "exceptions",
};

/** Functions of asyncio and of the language that `op` provides. */
export const OPERATIONS = [
  ...["call", "coro", "agen", "fn", "cm", "compact", "create_task", "Task", "ensure_future", "TaskGroup"],
  ...["current_task", "all_tasks", "sleep", "gather", "wait", "wait_for", "shield", "as_completed", "timeout"],
  ...["timeout_at", "time", "Future", "call_soon", "call_later", "call_at", "call_exception_handler"],
  ...["set_exception_handler", "set_task_factory", "stop", "cv_get", "cv_set", "cv_reset", "ctx_get"],
  ...["copy_context", "StreamReader", "Lock", "Event", "Condition", "Semaphore", "BoundedSemaphore", "Barrier"],
  ...["Queue", "LifoQueue", "PriorityQueue"],
] as const;

const KNOWN_OPERATIONS: ReadonlySet<string> = new Set(OPERATIONS);

export class ExpressionTranslator {
  /** Variables that the translation needs beside those of the program. */
  protected readonly temporaries: string[] = [];
  protected readonly globals: ReadonlySet<string>;
  protected readonly params: ReadonlySet<string>;
  protected readonly syntax: Syntax;
  private serial = 0;

  constructor(syntax: Syntax, globals: ReadonlySet<string>, params: readonly string[]) {
    this.syntax = syntax;
    this.globals = globals;
    this.params = new Set(params);
  }

  protected readonly fresh = (prefix: string): string => {
    this.serial += 1;
    return `${prefix}${this.serial}`;
  };

  protected variable(name: string): string {
    return this.globals.has(name) && !this.params.has(name) ? `g_${name}` : `v_${name}`;
  }

  protected expression(node: Node | undefined): string {
    if (node === null || node === undefined || typeof node === "boolean") {
      return String(node ?? null);
    }
    if (typeof node === "number") {
      return node < 0 ? `(${node})` : String(node);
    }
    if (typeof node === "string") {
      return node.startsWith("$") ? this.variable(node.slice(1)) : JSON.stringify(node);
    }
    if (!Array.isArray(node) || typeof node[0] !== "string") {
      throw new BadProgram(`bad expression ${JSON.stringify(node)}`);
    }
    return this.operation(...(node as [string, ...Node[]]));
  }

  private operation(name: string, ...args: Node[]): string {
    const helper = OPERATORS[name];
    if (helper !== undefined) {
      return `$.${helper}(...${this.list(args)})`;
    }
    if (KNOWN_OPERATIONS.has(name)) {
      return `op.${name}(${this.arguments(args)})`;
    }
    switch (name) {
      case "and":
      case "or":
        return this.shortCircuit(name, args);
      case "await":
        return `$.value(${this.syntax.await(`$.awaitable(${this.expression(args[0])})`)})`;
      case "yield":
        return `$.value(yield ${this.expression(args[0])})`;
      case "list":
        return this.list(args);
      case "exc":
        return `$.exception(${JSON.stringify(args[0])}, ${this.list(args.slice(1))})`;
      case "isinstance":
        return `$.fits(${this.expression(args[0])}, ${JSON.stringify([args[1]])})`;
      case ".":
        return `$.method(${this.expression(args[0])}, ${JSON.stringify(args[1])}, ${this.arguments(args.slice(2))})`;
      default:
        throw new BadProgram(`unknown operation ${name}`);
    }
  }

  protected list(nodes: Node[]): string {
    return `[${nodes.map((node) => this.expression(node)).join(", ")}]`;
  }

  /** `[positional...], {keyword: ...}` */
  private arguments(nodes: Node[]): string {
    const last = nodes.at(-1);
    const keywords = isObject(last) ? Object.entries(last) : [];
    const positional = this.list(isObject(last) ? nodes.slice(0, -1) : nodes);
    const pairs = keywords.map(([name, value]) => `${JSON.stringify(name)}: ${this.expression(value as Node)}`);
    return `${positional}, {${pairs.join(", ")}}`;
  }

  private shortCircuit(name: "and" | "or", args: Node[]): string {
    const [first, ...rest] = args;
    if (rest.length === 0) {
      return this.expression(first);
    }
    const temporary = this.fresh("operand");
    this.temporaries.push(temporary);
    const test = `$.truthy(${temporary} = ${this.expression(first)})`;
    const other = this.shortCircuit(name, rest);
    return name === "and" ? `(${test} ? ${other} : ${temporary})` : `(${test} ? ${temporary} : ${other})`;
  }
}
