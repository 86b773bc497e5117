/** What cannot be compiled, and what should be looked at. */

/** A place in a file, as editors count: lines and columns begin with 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export function placeOf(code: string, offset: number): Place {
  const before = code.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** The module cannot be compiled. The message begins with the place: `file:line:column: …`. */
export class TransformError extends SyntaxError {
  override readonly name = "TransformError";
  readonly filename: string;
  readonly line: number;
  readonly column: number;

  constructor(message: string, filename: string, code: string, offset: number) {
    const { line, column } = placeOf(code, offset);
    super(`${filename}:${line}:${column}: ${message}`);
    this.filename = filename;
    this.line = line;
    this.column = column;
  }
}

/** What the module means is probably not what its author means. */
export interface Warning extends Place {
  readonly rule: "guarded-catch" | "unlinked-chain" | "promise-combinator";
  readonly message: string;
}
