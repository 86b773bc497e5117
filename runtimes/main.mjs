// The program that runs inside each runtime: the portable tests, then the conformance cases.
// `files` and the interpreter come from the bundle that scripts/runtimes.mjs makes.
import { check, parseCases, passed, sideBySide } from "../conformance/index.ts";
import { beginFile, runTests, uncaught } from "./vitest-shim.mjs";

const shownFailures = 5;

/**
 * Runs all. `files` are [name, import function, where: everywhere, where there is a system with sockets and processes,
 * in a browser]; `cases` is a list of .jsonl texts; `progress` hears where we are.
 */
export async function main(files, cases, progress) {
  catchUncaught();
  const tests = await run(files.filter(([, , where]) => where === "everywhere"));
  // Later, since they load more of the package: a program without executors is to be tested without them.
  const browser = globalThis.process?.versions === undefined;
  const more = await run(files.filter(([, , where]) => where === (browser ? "browser" : "system")));
  tests.passed += more.passed;
  tests.skipped += more.skipped;
  tests.failures.push(...more.failures);
  const conformance = { passed: 0, total: 0, failures: [] };
  for (const text of cases) {
    for (const test of parseCases(text)) {
      if (conformance.total % 200 === 0) progress(`conformance case ${conformance.total}: ${test.id}`);
      const outcome = await check(test);
      conformance.total += 1;
      if (passed(outcome)) conformance.passed += 1;
      else if (conformance.failures.length < shownFailures) conformance.failures.push(sideBySide(outcome, 120));
    }
  }
  return { tests, conformance };

  async function run(some) {
    for (const [name, load] of some) {
      progress(`loading ${name}`);
      await beginFile(name);
      await load();
    }
    const { progress: _, ...tests } = await runTests(progress);
    return tests;
  }
}

function catchUncaught() {
  if (globalThis.process?.on) {
    process.on("unhandledRejection", uncaught);
    process.on("uncaughtException", uncaught);
  } else {
    globalThis.addEventListener("unhandledrejection", (event) => uncaught(event.reason));
    globalThis.addEventListener("error", (event) => uncaught(event.error ?? new Error(event.message)));
  }
}
