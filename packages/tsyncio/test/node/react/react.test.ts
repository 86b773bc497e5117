// @vitest-environment happy-dom
/** useTask with React 18 and 19. */

import { mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import * as vitest from "vitest";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../../../..");
// Inside the repository, so that the bundles find the package.
const folder = join(root, ".cache", `react-${process.pid}`);
const require = createRequire(import.meta.url);
mkdirSync(folder, { recursive: true });

/** The suite, bundled with one version of React. */
async function bundled(suffix: string): Promise<typeof import("./suite.ts")> {
  const outfile = join(folder, `suite${suffix}.mjs`);
  await build({
    entryPoints: [join(here, "suite.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@tsyncio/source"],
    // Not its entry points: tsyncio/react must find the React of the bundle.
    plugins: [
      { name: "tsyncio", setup: ({ onResolve }) => onResolve({ filter: /^tsyncio$/ }, () => ({ external: true })) },
    ],
    define: { "process.env.NODE_ENV": '"development"' },
    // React is CommonJS.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    alias: {
      react: dirname(require.resolve(`react${suffix}/package.json`)),
      "react-dom": dirname(require.resolve(`react-dom${suffix}/package.json`)),
    },
  });
  return import(/* @vite-ignore */ pathToFileURL(outfile).href);
}

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
for (const suffix of ["-18", ""]) {
  const { suite, version } = await bundled(suffix);
  suite(`useTask of React ${version.split(".")[0]}`, vitest);
}
vitest.afterAll(() => rmSync(folder, { recursive: true, force: true }));
