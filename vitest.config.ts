import { defineConfig } from "vitest/config";

export default defineConfig({
  // The tests run against src, not dist: the packages' `source` export condition.
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "conformance/**/*.test.ts", "examples/**/*.test.ts", "fuzz/**/*.test.ts"],
    environment: "node",
    // For a test that hangs; no test has a time to keep, and other work may share the machine.
    testTimeout: 60_000,
    maxWorkers: "100%",
    // gc() is for the tests of memory; what the tests start, workers of executors too, runs against src as well.
    execArgv: ["--expose-gc", "--conditions=source"],
  },
});
