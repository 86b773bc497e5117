/**
 * Translates a program to JavaScript: coroutine functions and async generators become generator functions, or functions
 * of native syntax, and blocks stay blocks, so that break, continue, return and finally keep their meaning.
 *
 * The source speaks to two objects: `$` has the operators (language.ts), `op` the functions of asyncio (operations.ts).
 */

import { catchesBaseExceptions, isExceptionName } from "./exceptions.ts";
import { ExpressionTranslator } from "./expressions.ts";
import { BadProgram, type Body, type FunctionSource, type Node, type Program } from "./program.ts";
import { assignedNames } from "./scope.ts";
import { GENERATORS, type Syntax } from "./syntax.ts";

/** One function under translation. The methods return the text of what they translate. */
class FunctionTranslator extends ExpressionTranslator {
  /** The errors of the handlers around the statement at hand. */
  private readonly handled: string[] = [];

  /** The text between the braces of the function. */
  body(body: Body): string {
    const text = this.block(body);
    const locals = [...assignedNames(body)].filter((name) => !this.params.has(name) && !this.globals.has(name));
    return `${this.declarations(locals.map((name) => `v_${name}`))}${text}\nreturn null;`;
  }

  /** The statements that initialise the globals. */
  initialisers(globals: [string, Node][]): string {
    const lines = globals.map(([name, node]) => `${this.variable(name)} = ${this.expression(node)};`);
    return this.declarations([]) + lines.join("\n");
  }

  private declarations(locals: string[]): string {
    const names = [...locals, ...this.temporaries];
    return names.length > 0 ? `let ${names.join(", ")};\n` : "";
  }

  private block(body: Body): string {
    return body.map((node) => this.statement(node)).join("\n");
  }

  private statement(node: Node): string {
    const parts = Array.isArray(node) ? node : [];
    switch (parts[0]) {
      case "log":
        return `$.log(${this.list(parts.slice(1))});`;
      case "set":
        return `${this.variable(parts[1] as string)} = ${this.expression(parts[2])};`;
      case "append":
        return `$.append(${this.expression(parts[1])}, ${this.expression(parts[2])});`;
      case "if":
        return this.ifStatement(parts);
      case "while":
        return this.loop(`while ($.truthy(${this.expression(parts[1])}))`, "$.tick();", parts[2] as Body);
      case "for":
        return this.forStatement(parts);
      case "async_for":
        return this.asyncFor(parts);
      case "async_with":
        return this.asyncWith(parts);
      case "break":
      case "continue":
        return `${parts[0]};`;
      case "pass":
        return "";
      case "return":
        return `return ${this.expression(parts[1])};`;
      case "try":
        return this.tryStatement(parts);
      case "raise":
        return this.raiseStatement(parts);
      default:
        return `${this.expression(node)};`;
    }
  }

  private ifStatement(node: Node[]): string {
    const test = this.expression(node[1]);
    const then = this.block(node[2] as Body);
    const other = Array.isArray(node[3]) ? this.block(node[3]) : "";
    return `if ($.truthy(${test})) {\n${then}\n} else {\n${other}\n}`;
  }

  private loop(head: string, first: string, body: Body): string {
    return `${head} {\n${first}\n${this.block(body)}\n}`;
  }

  private forStatement(node: Node[]): string {
    const item = this.fresh("item");
    const head = `for (const ${item} of $.each(${this.expression(node[2])}))`;
    return this.loop(head, `${this.variable(node[1] as string)} = ${item};`, node[3] as Body);
  }

  private asyncFor(node: Node[]): string {
    return this.syntax.asyncFor(this.expression(node[2]), this.fresh, (head, item) =>
      this.loop(head, `${this.variable(node[1] as string)} = $.value(${item});`, node[3] as Body),
    );
  }

  private asyncWith(node: Node[]): string {
    return this.syntax.asyncWith(this.expression(node[1]), this.fresh, (entered) => {
      const target = typeof node[2] === "string" ? `${this.variable(node[2])} = ` : "";
      return `${target}$.value(${entered});\n${this.block(node[3] as Body)}`;
    });
  }

  /** Errors of the `else` block do not go to the handlers: it stands behind them, inside the `finally`. */
  private tryStatement(node: Node[]): string {
    const [, body, handlers, orElse, last] = node as [string, Body, [string[], string | null, Body][], Body?, Body?];
    const through = this.fresh("through");
    const error = this.fresh("error");
    const text = this.block(body);
    const branches = handlers.map((handler) => this.handler(error, ...handler));
    const all = handlers.some(([types]) => types.some(catchesBaseExceptions)) ? this.syntax.catchesAll : "";
    const caught = all + [...branches, `{ throw ${error}; }`].join(" else ");
    return `try {
let ${through} = false;
try {
${text}
${through} = true;
} catch (${error}) {
${caught}
}
if (${through}) {
${this.block(orElse ?? [])}
}
} finally {
${this.block(last ?? [])}
}`;
  }

  private handler(error: string, types: string[], name: string | null, body: Body): string {
    const unknown = types.find((type) => !isExceptionName(type));
    if (unknown !== undefined) {
      throw new BadProgram(`unknown exception type ${unknown}`);
    }
    const assign = name === null ? "" : `${this.variable(name)} = ${error};`;
    this.handled.push(error);
    const text = this.block(body);
    this.handled.pop();
    return `if ($.fits(${error}, ${JSON.stringify(types)})) {\n${assign}\n${text}\n}`;
  }

  private raiseStatement(node: Node[]): string {
    if (node.length > 1) {
      return `throw $.raising(...${this.list(node.slice(1))});`;
    }
    return `throw ${this.handled.at(-1) ?? "$.nothingToRaise()"};`;
  }
}

function functionText(syntax: Syntax, globals: ReadonlySet<string>, name: string, source: FunctionSource): string {
  const params = source.params ?? [];
  if (!["async", "agen", "sync"].includes(source.kind)) {
    throw new BadProgram(`bad kind of function: ${source.kind}`);
  }
  const body = new FunctionTranslator(syntax, globals, params).body(source.body);
  return `${syntax.functions[source.kind]} ${name}(${params.map((param) => `v_${param}`)}) {\n${body}\n}`;
}

/**
 * The program as the body of a function of `$` and `op`. It returns `{ initialise, functions, managers }`; the
 * functions of coroutines and async generators are as the syntax writes them, to be wrapped still.
 * Throws BadProgram for what is not of the language.
 */
export function translate(program: Program, syntax: Syntax = GENERATORS): string {
  const declared = program.globals ?? [];
  const globals = new Set(declared.map(([name]) => name));
  const functions = Object.entries(program.funcs).map(
    ([name, source]) => `${JSON.stringify(name)}: ${functionText(syntax, globals, `f_${name}`, source)}`,
  );
  const managers = Object.entries(program.cms ?? {}).map(([name, source]) => {
    const params = source.params ?? [];
    const enter = functionText(syntax, globals, `enter_${name}`, { kind: "async", params, body: source.enter });
    const exit = functionText(syntax, globals, `exit_${name}`, {
      kind: "async",
      params: [...params, "exc"],
      body: source.exit,
    });
    return `${JSON.stringify(name)}: { enter: ${enter},\nexit: ${exit} }`;
  });
  return [
    '"use strict";',
    ...(globals.size > 0 ? [`let ${[...globals].map((name) => `g_${name}`).join(", ")};`] : []),
    `function initialise() {\n${new FunctionTranslator(syntax, globals, []).initialisers(declared)}\n}`,
    `const functions = {\n${functions.join(",\n")}\n};`,
    `const managers = {\n${managers.join(",\n")}\n};`,
    "return { initialise, functions, managers };",
  ].join("\n");
}
