/**
 * `node --import tsyncio-transform/register program.ts`: compiles marked modules as Node loads them, in this thread and
 * in the workers that inherit its options. From Node 22.15 on by synchronous hooks, which reach CommonJS too.
 */

import * as nodeModule from "node:module";
import { pathToFileURL } from "node:url";
import { compile } from "./compile.ts";

if (typeof nodeModule.registerHooks === "function") {
  nodeModule.registerHooks({
    load(url, context, nextLoad) {
      const result = nextLoad(url, context);
      const code = compile(url, result.source, result.format ?? "");
      return code === null ? result : { ...result, source: code };
    },
  });
} else {
  nodeModule.register("./hooks.js", import.meta.url);
  compileRequired();
}

/** What `require` loads passes no hook on Node 20. */
function compileRequired(): void {
  const { prototype } = nodeModule.Module as unknown as { prototype: CommonJsModule };
  const { _compile } = prototype;
  prototype._compile = function (code, filename, ...rest) {
    return _compile.call(this, compile(pathToFileURL(filename).href, code, "commonjs") ?? code, filename, ...rest);
  };
}

/** The part of Node's class that is not in its types. */
interface CommonJsModule {
  _compile(code: string, filename: string, ...rest: unknown[]): unknown;
}
