/** The functions that a worker runs: those of the modules that it was started with, and no others. */

import { LookupError } from "tsyncio";
import { shared } from "tsyncio/executors/internal";
import { functionName, moduleName } from "../wire/names.ts";

export interface FoundFunction {
  readonly url: string;
  readonly name: string;
}

export interface Functions {
  /** @throws {LookupError} There is none of that name; the error names both sides. */
  find(fn: string): FoundFunction;
}

/** Of modules that are loaded, by their URLs. */
export class ModuleFunctions implements Functions {
  private readonly functions = new Map<string, FoundFunction>();

  constructor(urls: readonly string[]) {
    for (const key of shared.functions.keys()) {
      const at = key.lastIndexOf("#");
      const found = { url: key.slice(0, at), name: key.slice(at + 1) };
      if (urls.includes(found.url)) this.functions.set(functionName(moduleName(found.url), found.name), found);
    }
  }

  get names(): string[] {
    return [...this.functions.keys()];
  }

  find(fn: string): FoundFunction {
    const found = this.functions.get(fn);
    if (found !== undefined) return found;
    const names = this.names;
    const list =
      names.length > 20 ? `${names.slice(0, 20).join(", ")} and ${names.length - 20} more` : names.join(", ");
    throw new LookupError(
      `the caller asks for ${JSON.stringify(fn.slice(0, 300))}, and the worker was started with modules that have ` +
        `${names.length === 0 ? "no blocking() function" : `only ${list}`}`,
    );
  }
}

/** All that this process has: for the worker inside of an executor, which runs only what that executor submits. */
export class OwnFunctions implements Functions {
  find(fn: string): FoundFunction {
    for (const key of shared.functions.keys()) {
      const at = key.lastIndexOf("#");
      const found = { url: key.slice(0, at), name: key.slice(at + 1) };
      if (functionName(moduleName(found.url), found.name) === fn) return found;
    }
    throw new LookupError(`this process has no blocking() function ${JSON.stringify(fn.slice(0, 300))}`);
  }
}
