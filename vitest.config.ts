import { defineConfig } from "vitest/config";

export default defineConfig({
  // The tests run against src, not dist: the packages' `source` export condition.
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "conformance/**/*.test.ts", "examples/**/*.test.ts"],
    environment: "node",
    testTimeout: 30_000,
    execArgv: ["--expose-gc"], // for the tests of memory
  },
});
