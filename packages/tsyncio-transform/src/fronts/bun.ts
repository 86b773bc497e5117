/**
 * For Bun: `preload = ["tsyncio-transform/bun"]` in bunfig.toml, also under `[test]` for `bun test`, or as a plugin of
 * `Bun.build`.
 */

import { readFileSync } from "node:fs";
import { dirname, isAbsolute } from "node:path";
import { isMarked } from "../directive.ts";
import { transform } from "../transform.ts";
import { mayBeCompiled } from "./eligible.ts";
import { textOf } from "./warnings.ts";

interface Plugin {
  name: string;
  setup(build: {
    onResolve(filter: { filter: RegExp }, resolve: (file: Reference) => { path: string } | undefined): void;
    onLoad(filter: { filter: RegExp }, load: (file: { path: string }) => Loaded): void;
  }): void;
}

interface Reference {
  readonly path: string;
  readonly importer: string;
}

interface Loaded {
  contents: string;
  loader: "js" | "jsx" | "ts" | "tsx";
}

/**
 * Bun wants the text of every file that the filter for loading takes, and does not run CommonJS that it has got so.
 * Where a path is resolved it can be left to Bun: marked modules get another name there, which is that of the filter.
 */
const MARK = "?tsyncio";

const plugin: Plugin = {
  name: "tsyncio-transform",
  setup(build) {
    build.onResolve({ filter: /./ }, (file) => {
      const path = resolved(file);
      if (path === null || !mayBeCompiled(path) || !isMarked(readFileSync(path, "utf8"))) return undefined;
      return { path: path + MARK };
    });
    build.onLoad({ filter: /\?tsyncio$/ }, ({ path: name }) => {
      const path = name.slice(0, -MARK.length);
      const code = readFileSync(path, "utf8");
      if (/\.c[jt]s$/.test(path))
        throw new Error(`${path}: Bun does not run CommonJS that a plugin has compiled: write .mjs or .mts`);
      const [, language = "js", jsx = ""] = /\.[cm]?([jt]s)(x?)$/.exec(path) ?? [];
      const made = transform(code, { filename: path });
      for (const warning of made?.warnings ?? []) console.warn(textOf(path, warning));
      return { contents: made?.code ?? code, loader: `${language}${jsx}` as Loaded["loader"] };
    });
  },
};

export default plugin;

const { Bun } = globalThis as {
  Bun?: { plugin(plugin: Plugin): void; resolveSync(path: string, folder: string): string };
};
Bun?.plugin(plugin);

/** Bun asks this plugin again while it resolves for it. */
let resolving = false;

/** The file that Bun would load; null for a builtin, and for what it does not find. */
function resolved({ path, importer }: Reference): string | null {
  if (resolving || Bun === undefined) return null;
  resolving = true;
  try {
    const from = isAbsolute(importer) ? dirname(importer) : process.cwd();
    const file = Bun.resolveSync(path, from);
    return isAbsolute(file) ? file : null;
  } catch {
    return null; // Bun says so itself
  } finally {
    resolving = false;
  }
}
