/** How a translated program writes what waits. */

import type { FunctionKind } from "./program.ts";

export interface Syntax {
  /** The head of a function, up to its name. */
  readonly functions: Readonly<Record<FunctionKind, string>>;
  /** An await of the operand, as an expression. */
  await(operand: string): string;
  /** `async for`: `fresh` makes names of variables, `loop` a loop of a head and the statement that takes the item. */
  asyncFor(source: string, fresh: Fresh, loop: (head: string, item: string) => string): string;
  /** `async with`: `body` is given what `aenter` returns. */
  asyncWith(manager: string, fresh: Fresh, body: (entered: string) => string): string;
  /** What stands at the head of a handler that catches base exceptions. */
  readonly catchesAll: string;
}

type Fresh = (prefix: string) => string;

export const GENERATORS: Syntax = {
  functions: { sync: "function", async: "function*", agen: "function*" },
  await: (operand) => `yield* ${operand}`,
  asyncFor(source, fresh, loop) {
    const items = fresh("items");
    return `const ${items} = $.cursor(${source});\n${loop(`while (yield* ${items}.next())`, `${items}.value`)}`;
  },
  /** The exit runs once: with the error, or else with null, also where a statement leaves the body. */
  asyncWith(source, fresh, body) {
    const [manager, failed, error] = ["manager", "failed", "error"].map(fresh) as [string, string, string];
    return `const ${manager} = ${source};
const entered${manager} = yield* ${manager}.aenter();
let ${failed} = false;
try {
${body(`entered${manager}`)}
} catch (${error}) {
${failed} = true;
if (!$.truthy(yield* ${manager}.aexit(${error}))) throw ${error};
} finally {
if (!${failed}) yield* ${manager}.aexit(null);
}`;
  },
  catchesAll: "",
};

/** JavaScript's own, as in a module that begins with "use tsyncio". */
export const NATIVE: Syntax = {
  functions: { sync: "function", async: "async function", agen: "async function*" },
  await: (operand) => `await ${operand}`,
  asyncFor(source, fresh, loop) {
    const item = fresh("item");
    return loop(`for await (const ${item} of $.leftOpen(${source}))`, item);
  },
  asyncWith(source, fresh, body) {
    const manager = fresh("manager");
    return `{\nawait using ${manager} = $.manager(${source});\n${body(`${manager}.entered`)}\n}`;
  },
  // The name alone says that the handler means cancellations too.
  catchesAll: "isBaseException;\n",
};
