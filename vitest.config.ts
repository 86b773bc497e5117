import { defineConfig } from "vitest/config";
import nativeSyntax from "./packages/tsyncio-transform/src/fronts/vite.ts";

/** Need a process of their own: they start others, listen to signals, count what is open, or replace what is global. */
const apart = [
  "packages/*/test/{node,io,testing}/**/*.test.ts",
  "packages/tsyncio-cluster/test/*.test.ts",
  "examples/{net,generators/net,executors,cluster,databases,node}/**/*.test.ts",
];

const node = "packages/*/test/node";
/** Of those, what leaves its process as it was: a few processes take all of them, since starting one costs as much. */
const sharing = [
  "packages/*/test/{io,testing}/**/*.test.ts",
  "packages/*/test/node/{httpServer,net,websocket}/**/*.test.ts",
  "packages/tsyncio-cluster/test/*.test.ts",
];

/** Take long: they start many processes, or measure memory. `.ci/run` has a step for them. */
const heavy = [
  `${node}/{awaits,cli,docs,docstrings,memory,randomPrograms,twoCopies}.test.ts`,
  "packages/tsyncio-cluster/test/node/processes.test.ts",
  `${node}/executors/{cancel,crashes,hostile,programs,scheduling,workers}.test.ts`,
  `${node}/inspect/**/*.test.ts`,
  `${node}/net/{leaks,python}.test.ts`,
  `${node}/httpClient/{awaits,faults,largeBody,uploads}.test.ts`,
  `${node}/websocket/{awaits,python}.test.ts`,
  `${node}/httpServer/{awaits,load}.test.ts`,
  `${node}/subprocess/{cancellation,process,stdio}.test.ts`,
  `${node}/testing/runners.*.test.ts`,
  "examples/{cluster,databases,executors,node,generators/net}/**/*.test.ts",
  "packages/tsyncio-transform/test/node/{plugins,register}.test.ts",
  "fuzz/**/*.test.ts",
];

/**
 * Need PostgreSQL or Redis, which they start themselves, on loopback: the step "services" of scripts/test.mjs, and of
 * .ci/run.
 */
const services = [`${node}/services/**/*.test.ts`];

export default defineConfig({
  plugins: [nativeSyntax()],
  // The tests run against src, not dist: the packages' export condition `@tsyncio/source`.
  resolve: { conditions: ["@tsyncio/source"] },
  ssr: { resolve: { conditions: ["@tsyncio/source"] } },
  test: {
    environment: "node",
    // For a test that hangs; no test has a time to keep, and the machine may be ten times slower than usual.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: "100%",
    // gc() is for the tests of memory; what the tests start, workers of executors too, runs against src as well.
    execArgv: ["--expose-gc", "--conditions=@tsyncio/source"],
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: ["packages/*/test/**/*.test.ts", "conformance/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: apart,
          // One process for many files, as the other runtimes run them too: starting one costs more than most files.
          isolate: false,
        },
      },
      { extends: true, test: { name: "sharing", include: sharing, exclude: heavy, isolate: false } },
      { extends: true, test: { name: "apart", include: apart, exclude: [...sharing, ...heavy, ...services] } },
      { extends: true, test: { name: "heavy", include: heavy } },
      { extends: true, test: { name: "services", include: services } },
    ],
  },
});
