/** acorn, called as tsyncio-transform calls a parser. Its AST is the same for JavaScript without decorators. */

import { type Node, Parser, type Program } from "acorn";

/** Nodes whose decorators the compiler looks at. */
const DECORATED = /^(?:Class\w+|MethodDefinition|PropertyDefinition|StaticBlock)$/;

const OxcParser = Parser.extend(
  (Base) =>
    class extends (Base as unknown as new (...args: unknown[]) => { finishNode(node: Node, type: string): Node }) {
      override finishNode(node: Node, type: string): Node {
        const finished = super.finishNode(node, type);
        return DECORATED.test(type) ? Object.assign(finished, { decorators: [] }) : finished;
      }
    } as unknown as typeof Parser,
);

/** @throws SyntaxError with `pos` and `loc`, as acorn does. */
export function parse(code: string): Program {
  return OxcParser.parse(code, {
    ecmaVersion: "latest",
    sourceType: "module",
    preserveParens: true,
    allowAwaitOutsideFunction: true,
    locations: false,
  });
}

export function parseSync(_filename: string, code: string): { program: Program; errors: readonly ParseError[] } {
  try {
    return { program: parse(code), errors: [] };
  } catch (error) {
    const { message, pos } = error as SyntaxError & { pos: number };
    return { program: null as never, errors: [{ message, labels: [{ start: pos }] }] };
  }
}

interface ParseError {
  readonly message: string;
  readonly labels: readonly { readonly start: number }[];
}
