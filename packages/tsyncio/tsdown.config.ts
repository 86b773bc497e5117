import { defineConfig, type UserConfig } from "tsdown";

const shared: UserConfig = {
  // Only src: the step for .d.ts would write them beside the tests too.
  tsconfig: "tsconfig.build.json",
  format: "esm",
  platform: "neutral",
  // The package itself: what imports an entry point by its path makes a shared chunk of it, and bundlers, which know
  // the entries by the manifest's `sideEffects`, leave out what that chunk installs.
  deps: { neverBundle: [/^node:/, /^tsyncio(?:\/|$)/] },
  target: "es2022",
  sourcemap: true,
  fixedExtension: false,
};

export default defineConfig([
  {
    ...shared,
    // One line an entry point; package.json's `exports` needs the same name.
    entry: {
      index: "src/index.ts",
      "native/index": "src/native/index.ts",
      "net/index": "src/net/index.ts",
      "executors/index": "src/executors/index.ts",
      "react/index": "src/react/index.ts",
      // For tsyncio-cluster.
      "executors/internal": "src/executors/internal.ts",
      "httpServer/index": "src/httpServer/index.ts",
      "httpClient/index": "src/httpClient/index.ts",
      "websocket/index": "src/websocket/index.ts",
      "websocket/node/index": "src/websocket/node/index.ts",
      "pg/index": "src/pg/index.ts",
      "otel/index": "src/otel/index.ts",
      "testing/index": "src/testing/index.ts",
      "testing/runners/vitest": "src/testing/runners/vitest.ts",
      "testing/runners/node": "src/testing/runners/node.ts",
      // The program `tsyncio`.
      "cli/main": "src/cli/main.ts",
      // What the workers load. They find it beside the entry point: it is no export.
      "executors/worker": "src/executors/worker.ts",
    },
    dts: true,
    // A minor release of these tools must not be able to break a release of ours silently.
    publint: { strict: true },
    attw: { profile: "esm-only", level: "error" },
  },
  {
    // For production bundles of browsers: without the diagnostics, and without what stands behind `if (DEV)`.
    ...shared,
    entry: {
      "production/index": "src/production.ts",
      "production/native/index": "src/native/production.ts",
      "production/websocket/index": "src/websocket/index.ts",
    },
    inputOptions: { resolve: { conditionNames: ["production"] } },
    clean: false,
    dts: false,
  },
]);
