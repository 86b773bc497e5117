/** Programs in native syntax, compiled by tsyncio-transform. */

import { type Awaitable, type Coroutine, cursor } from "tsyncio";
import * as native from "tsyncio/native";
import { transform } from "tsyncio-transform";
import { COROUTINES, type Form, type Source } from "./forms.ts";
import { NATIVE } from "./syntax.ts";
import { truthy } from "./values.ts";

const HEAD = `"use tsyncio"; import { isBaseException } from "tsyncio"; export default function ($, op) {\n`;

export const NATIVE_FORM: Form = {
  syntax: NATIVE,
  compile(text) {
    const made = transform(`${HEAD}${text}\n}`, { filename: "program.js" });
    if (made === null) throw new Error("the program was not transformed");
    return evaluate(made.code);
  },
  // The functions of a program leave it as values; what calls them here is not transformed.
  kinds: { sync: (made) => made, async: native.lazy, agen: native.lazy },
  wrap: COROUTINES.wrap,
  language: { leftOpen, manager: (made: Manager) => new Entered(made) },
};

/** The module's default export. Its imports are of two modules that are loaded already. */
function evaluate(code: string): Source {
  const body = code
    .replace(
      /import\s*\{([^}]*)\}\s*from\s*"tsyncio\/native";/,
      (_, names: string) => `const {${names.replace(/ as /g, ":")}} = native;`,
    )
    .replace(/import \{ isBaseException \} from "tsyncio";/, "const isBaseException = null;")
    .replace("export default", "return");
  return new Function("native", body)(native) as Source;
}

/** Python's `async for` leaves the source open when it is left early; `for await` closes it. */
function leftOpen(source: unknown): object {
  cursor(source as never); // a source of another kind is refused as it is there
  const it = (source as { aiter(): { anext(): Awaitable<unknown> } }).aiter();
  return { aiter: () => ({ anext: () => it.anext() }) };
}

interface Manager {
  aenter(): Awaitable<unknown>;
  aexit(error: unknown): Awaitable<unknown>;
}

/** `await using` binds the manager itself: this one keeps what `aenter` has returned. */
class Entered {
  entered: unknown;
  private readonly manager: Manager;

  constructor(manager: Manager) {
    if (typeof manager?.aenter !== "function") manager.aenter(); // the error of the other form
    this.manager = manager;
  }

  *aenter(): Coroutine<void> {
    this.entered = yield* this.manager.aenter() as Coroutine<unknown>;
  }

  *aexit(error: unknown): Coroutine<boolean> {
    return truthy(yield* this.manager.aexit(error) as Coroutine<unknown>);
  }
}
