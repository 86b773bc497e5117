// A program bundled with the lean build into one file: their names are shortened together, for a lean package exchanges
// nothing with another copy.
import { join } from "node:path";
import { rolldown } from "rolldown";
import { define, minify } from "../../packages/tsyncio/lean.config.ts";
import { root } from "./bootstrap.mjs";

/** `options` are rolldown's, besides those that all lean bundles have. */
export async function leanBundle(file, options) {
  const build = await rolldown({
    cwd: root,
    tsconfig: join(root, "tsconfig.json"),
    resolve: { conditionNames: ["source", "import", "default"] },
    transform: { target: "es2022", define },
    ...options,
  });
  await build.write({ file, format: "esm", minify, codeSplitting: false });
  await build.close();
}
