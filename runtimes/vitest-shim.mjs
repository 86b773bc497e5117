// What the portable tests use of vitest, in any runtime: vitest's own `expect`, and a small describe/it.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";
import { fn, restoreAllMocks, spyOn } from "@vitest/spy";
import * as chai from "chai";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

const defaultTimeout = 300_000; // milliseconds, as in vitest.config.ts

export const expect = (value, message) => {
  setState({ assertionCalls: getState(expect).assertionCalls + 1 }, expect);
  return chai.expect(value, message);
};
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);
expect.getState = () => getState(expect);
expect.setState = (state) => setState(state, expect);
expect.extend = (matchers) => chai.expect.extend(expect, matchers);
expect.unreachable = (message) => chai.assert.fail(message ?? "this must not be reached");
expect.assertions = (count) => expect.setState({ expectedAssertions: count });
expect.hasAssertions = () => expect.setState({ atLeastOneAssertion: true });
const freshState = { assertionCalls: 0, expectedAssertions: null, atLeastOneAssertion: false };
setState(freshState, expect);

export const vi = { fn, spyOn, restoreAllMocks };
export const assert = chai.assert;
// Types are proven by the compiler; here these only must not fail.
export const expectTypeOf = () => anything;
export const assertType = () => {};
const anything = new Proxy(() => anything, { get: () => anything });

// --- registration -------------------------------------------------------------------------------------------

const newSuite = (name, parent, mode = parent?.mode) => ({
  name,
  parent,
  mode,
  items: [],
  hooks: { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] },
});
const top = newSuite("");
let current = top;
let onlyUsed = false;
const pendingSuites = [];

/** Called between the test files: what follows is of this one. */
export async function beginFile(name) {
  await Promise.all(pendingSuites.splice(0));
  current = newSuite(name, top);
  top.items.push(current);
}

function addSuite(mode, name, body, timeoutBefore) {
  const callback = typeof body === "function" ? body : timeoutBefore;
  const suite = newSuite(text(name), current, mode ?? current.mode);
  current.items.push(suite);
  current = suite;
  const finished = callback?.();
  if (typeof finished?.then === "function") throw new Error(`describe("${suite.name}") must not be async here`);
  current = suite.parent;
}

function addTest(mode, name, second, third) {
  const body = typeof second === "function" ? second : third;
  const options = typeof second === "function" ? third : second;
  const settings = typeof options === "number" ? { timeout: options } : (options ?? {});
  let own = mode ?? current.mode;
  if (settings.skip || settings.todo || body === undefined) own = "skip";
  else if (settings.fails) own = "fails";
  if (own === "only" || settings.only) onlyUsed = true;
  current.items.push({
    name: text(name),
    body,
    mode: settings.only ? "only" : own,
    parent: current,
    timeout: settings.timeout ?? defaultTimeout,
    repeats: settings.repeats ?? 0,
  });
}

const text = (name) => (typeof name === "function" ? name.name : String(name));

function api(add) {
  const make = (mode) => (name, second, third) => add(mode, name, second, third);
  const base = make(undefined);
  const never = make("skip");
  Object.assign(base, { only: make("only"), skip: never, todo: never, fails: make("fails") });
  base.concurrent = base;
  base.sequential = base;
  base.skipIf = (condition) => (condition ? never : base);
  base.runIf = (condition) => (condition ? base : never);
  base.each =
    (table, ...values) =>
    (name, second, third) => {
      for (const [index, row] of rows(table, values).entries()) {
        const args = Array.isArray(row) ? row : [row];
        const bind = (body) => (typeof body === "function" ? () => body(...args) : body);
        base(format(name, args, index), bind(second), bind(third));
      }
    };
  base.for = (table) => (name, second, third) => {
    for (const [index, row] of table.entries()) {
      const bind = (body) => (typeof body === "function" ? (context) => body(row, context) : body);
      base(format(name, Array.isArray(row) ? row : [row], index), bind(second), bind(third));
    }
  };
  return base;
}

export const it = api(addTest);
export const test = it;
export const describe = api(addSuite);
export const suite = describe;
const hook = (kind) => (body) => {
  current.hooks[kind].push(body);
};
export const beforeAll = hook("beforeAll");
export const afterAll = hook("afterAll");
export const beforeEach = hook("beforeEach");
export const afterEach = hook("afterEach");

/** The rows of `each([...])`, and of its form with a template. */
function rows(table, values) {
  if (!Array.isArray(table.raw)) return table;
  const names = table[0].split("|").map((name) => name.trim());
  const found = [];
  for (let at = 0; at < values.length; at += names.length) {
    found.push(Object.fromEntries(names.map((name, index) => [name, values[at + index]])));
  }
  return found;
}

/** `%s`, `%i`, `%d`, `%f`, `%j`, `%o`, `%#`, `%$`, `%%` and `$property` in the names of `each`. */
function format(name, args, index) {
  let next = 0;
  const filled = text(name).replace(/%([sdifjoO#$%])/g, (whole, kind) => {
    if (kind === "%") return "%";
    if (kind === "#") return String(index);
    if (kind === "$") return String(index + 1);
    if (next >= args.length) return whole;
    const value = args[next++];
    if (kind === "i") return String(Math.trunc(Number(value)));
    if (kind === "d" || kind === "f") return String(Number(value));
    if (kind === "s") return String(value);
    return JSON.stringify(value) ?? String(value);
  });
  const [row] = args;
  if (row === null || typeof row !== "object") return filled;
  return filled.replace(/\$([\w.]+)/g, (whole, path) => {
    let value = row;
    for (const key of path.split(".")) value = value?.[key];
    return value === undefined ? whole : String(value);
  });
}

// --- running ------------------------------------------------------------------------------------------------

let running; // the test that runs now: its cleanups, and errors that were not caught

export const onTestFinished = (body) => running.finished.push(body);
export const onTestFailed = (body) => running.failed.push(body);

/** An error that no test caught: the running test fails by it. */
export function uncaught(error) {
  if (running) running.errors.push(error);
  else strays.push(error);
}
const strays = [];

/**
 * Runs the tests that were loaded since, one at a time, and counts. `progress` is told the name of each before it runs.
 */
export async function runTests(progress) {
  const result = { passed: 0, skipped: 0, failures: [], progress };
  for (const file of top.items.splice(0)) await runSuite(file, result);
  for (const error of strays.splice(0)) result.failures.push({ name: "outside any test", error: describeError(error) });
  return result;
}

async function runSuite(item, result) {
  if (!hasWork(item)) {
    result.skipped += countTests(item);
    return;
  }
  try {
    for (const body of item.hooks.beforeAll) await body();
    for (const child of item.items) await (child.items ? runSuite(child, result) : runTest(child, result));
    for (const body of item.hooks.afterAll.toReversed()) await body();
  } catch (error) {
    result.failures.push({ name: `${fullName(item)} (beforeAll or afterAll)`, error: describeError(error) });
  }
}

const countTests = (item) => (item.items ? item.items.reduce((sum, child) => sum + countTests(child), 0) : 1);
const hasWork = (item) => (item.items ? item.items.some(hasWork) : isWanted(item));
const inOnly = (item) => item !== undefined && (item.mode === "only" || inOnly(item.parent));
const isWanted = (item) => item.mode !== "skip" && (!onlyUsed || inOnly(item));

async function runTest(item, result) {
  if (!isWanted(item)) {
    result.skipped += 1;
    return;
  }
  result.progress(fullName(item));
  for (let round = 0; round <= item.repeats; round++) {
    running = { finished: [], failed: [], errors: [], skipped: false };
    setState(freshState, expect);
    await attempt(item);
    const { errors, skipped } = running;
    running = undefined;
    if (skipped) {
      result.skipped += 1;
      return;
    }
    const asWanted = item.mode === "fails" ? errors.length > 0 : errors.length === 0;
    if (!asWanted) {
      const error = errors.length > 0 ? errors.map(describeError).join("\n") : "it passed, but it.fails was said";
      result.failures.push({ name: fullName(item), error });
      return;
    }
  }
  result.passed += 1;
}

async function attempt(item) {
  const { errors, finished, failed } = running;
  const suites = [];
  for (let suite = item.parent; suite; suite = suite.parent) suites.unshift(suite);
  const step = async (body, ...args) => {
    try {
      return await body(...args);
    } catch (error) {
      if (error !== skipMark) errors.push(error);
      return undefined;
    }
  };
  const cleanUps = [];
  for (const suite of suites) {
    for (const body of suite.hooks.beforeEach) {
      const cleanUp = await step(body, context(item));
      if (typeof cleanUp === "function") cleanUps.unshift(cleanUp);
    }
  }
  if (errors.length === 0) {
    await step(() => withTimeout(item));
    if (errors.length === 0) await step(checkCounts);
  }
  for (const suite of suites.toReversed()) {
    for (const body of suite.hooks.afterEach.toReversed()) await step(body, context(item));
  }
  for (const body of [...cleanUps, ...finished.toReversed()]) await step(body);
  // A rejection that was not caught is reported later: one turn, two in Chromium.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  if (errors.length > 0) for (const body of failed) await step(body);
}

const skipMark = new Error("skipped");

function context(item) {
  const skip = () => {
    running.skipped = true;
    throw skipMark;
  };
  return { expect, onTestFinished, onTestFailed, skip, task: { name: item.name } };
}

async function withTimeout(item) {
  let timer;
  const late = new Promise((_, reject) => {
    const message = `it took longer than ${item.timeout} ms`;
    timer = setTimeout(() => reject(new Error(message)), item.timeout);
  });
  try {
    await Promise.race([item.body(context(item)), late]);
  } finally {
    clearTimeout(timer);
  }
}

function checkCounts() {
  const { assertionCalls, expectedAssertions, atLeastOneAssertion } = getState(expect);
  if (typeof expectedAssertions === "number" && expectedAssertions !== assertionCalls) {
    throw new Error(`expected ${expectedAssertions} assertions, but there were ${assertionCalls}`);
  }
  if (atLeastOneAssertion && assertionCalls === 0) throw new Error("expected assertions, but there were none");
}

function fullName(item) {
  const names = [];
  for (let at = item; at?.parent; at = at.parent) names.unshift(at.name);
  return names.join(" > ");
}

function describeError(error) {
  if (!(error instanceof Error)) return String(error);
  const head = `${error.name}: ${error.message}`;
  const stack = String(error.stack ?? "");
  // V8 begins the stack with the message, JavaScriptCore does not.
  const all = stack.includes(error.message) ? stack : `${head}\n${stack}`;
  const diff = "expected" in error ? `\n  expected: ${show(error.expected)}\n  actual:   ${show(error.actual)}` : "";
  return all.split("\n").slice(0, 14).join("\n") + diff;
}

function show(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
