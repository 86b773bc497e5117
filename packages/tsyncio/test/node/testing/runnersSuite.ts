/** What holds for tests of coroutines with either runner: the real one is started on the fixtures. */

import { spawnSync } from "node:child_process";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Project, type RunnerName } from "./runnersSupport.ts";

export function testsWith(runner: RunnerName): void {
  let project: Project;
  beforeEach(() => {
    project = new Project(runner);
  });
  afterEach(() => project.remove());

  test("a failing schedule is stored, played first, kept when the program is repaired, and finds the bug when it is back", async () => {
    project.add("bank", "bank.test.ts");

    const found = await project.run(["bank.test.ts"], { TSYNCIO_SEED: "1" });
    expect(found.code).toBe(1);
    expect(found.tests).toEqual({ "no withdrawal is lost": "failed", "a sleeper": "passed" });
    expect(found.output).toContain("ExplorationError");
    expect(found.output).toMatch(/found by schedule \d+ \(portfolio, seed 1\)/);
    expect(found.output).toMatch(/Stored in __schedules__.bank\.test\.ts\.json: the next run plays it first/);
    const stored = project.stored("bank.test.ts");
    expect(stored?.about).toContain("Keep this file");
    expect(stored?.tests).toEqual({
      "no withdrawal is lost": [
        { token: expect.stringMatching(/^tsy1\./), kind: "error", found: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
      ],
    });
    const token = stored?.tests["no withdrawal is lost"]?.[0]?.token as string;
    expect(found.output).toContain(token);

    const again = await project.run(["bank.test.ts"]);
    expect(again.tests["no withdrawal is lost"]).toBe("failed");
    expect(again.output).toContain(`replayed from ${token}`);
    expect(again.output).toMatch(
      /stored in __schedules__.bank\.test\.ts\.json \(found \d{4}-\d\d-\d\d\), and was played first/,
    );
    expect(project.stored("bank.test.ts")).toEqual(stored);

    const repaired = await project.run(["bank.test.ts"], { FIXED: "1" });
    expect(repaired).toMatchObject({ code: 0, tests: { "no withdrawal is lost": "passed" } });
    expect(project.stored("bank.test.ts")?.tests).toEqual({
      "no withdrawal is lost": [
        { ...stored?.tests["no withdrawal is lost"]?.[0], holds: expect.stringMatching(/^\d{4}-/) },
      ],
    });

    const back = await project.run(["bank.test.ts"]);
    expect(back.output).toContain(`replayed from ${token}`);
    expect(project.stored("bank.test.ts")).toEqual(stored);
    expect(project.storedFiles).toEqual(["bank.test.ts.json"]);
  });

  test("in continuous integration nothing is written, but what is stored is played", async () => {
    project.add("bank", "bank.test.ts");
    const { code, output } = await project.run(["bank.test.ts"], { CI: "true" });
    expect(code).toBe(1);
    expect(output).toContain("Not stored, since this is CI. To keep it, add it to");
    expect(project.storedFiles).toEqual([]);
    const line = /"no withdrawal is lost": \[\{.*\}\]/.exec(output)?.[0];
    // What it says to add is what can be added.
    await project.run(["bank.test.ts"], { TSYNCIO_SEED: "1" });
    expect(project.stored("bank.test.ts")).not.toBeNull();
    writeFileSync(project.storedPath("bank.test.ts"), `{ "tests": { ${line} } }`);
    const played = await project.run(["bank.test.ts"], { CI: "true" });
    expect(played.output).toContain("replayed from");
  });

  test("a file that a merge has spoiled fails the test, and is left as it is", async () => {
    project.add("bank", "bank.test.ts");
    await project.run(["bank.test.ts"]);
    const path = project.storedPath("bank.test.ts");
    writeFileSync(path, "<<<<<<< ours\n");
    const { tests, output } = await project.run(["bank.test.ts"], { FIXED: "1" });
    expect(tests["no withdrawal is lost"]).toBe("failed");
    expect(output).toContain("cannot be read: repair or remove it");
    expect(() => project.stored("bank.test.ts")).toThrow(SyntaxError);
  });

  test("tokens of another version, and of options that the test does not have any more, are taken out", async () => {
    project.add("bank", "bank.test.ts");
    await project.run(["bank.test.ts"], { TSYNCIO_SEED: "1" });
    const stored = project.stored("bank.test.ts");
    const old = { kind: "error", found: "2000-01-01" };
    const entries = [
      { ...old, token: "tsy0.AAAA" },
      { ...old, token: "tsy1.CofACABC" }, // model "any"
      ...(stored?.tests["no withdrawal is lost"] ?? []),
    ];
    writeFileSync(project.storedPath("bank.test.ts"), JSON.stringify({ tests: { "no withdrawal is lost": entries } }));
    await project.run(["bank.test.ts"]);
    expect(project.stored("bank.test.ts")).toEqual(stored);
  });

  test("several files, and several processes at the same file: all that they have found is stored", async () => {
    const files = ["a.test.ts", "b.test.ts"];
    for (const file of files) project.add("many", file);
    const together = { START_AT: String(Date.now() + 3000) };
    const runs = await Promise.all(
      [files, ["a.test.ts"], ["a.test.ts"], ["a.test.ts"]].map((some, i) =>
        project.run(some, { ...together, WHO: `process ${i}` }),
      ),
    );
    for (const { output } of runs) expect(output).toContain("the next run plays it first");
    expect(project.storedFiles).toEqual(files.map((file) => `${file}.json`));
    const names = (file: string): string[] => Object.keys(project.stored(file)?.tests ?? {});
    const some = Array.from({ length: 30 }, (_, n) => n);
    expect(names("a.test.ts")).toEqual([0, 1, 2, 3].flatMap((i) => some.map((n) => `process ${i}, test ${n}`)).sort());
    expect(names("b.test.ts")).toHaveLength(30);
  });

  test("a lock that was left behind does not keep a schedule from being stored, whatever its date", async () => {
    const ended = spawnSync(process.execPath, ["-e", ""]).pid;
    const future = new Date(Date.now() + 3_600_000);
    const leave: ((path: string) => void)[] = [
      (path) => writeFileSync(path, `${hostname()} ${ended}`),
      (path) => writeFileSync(path, "another-machine 1"),
      (path) => mkdirSync(path), // as earlier versions made it
    ];
    for (const [i, make] of leave.entries()) {
      const file = `bank${i}.test.ts`;
      project.add("bank", file);
      const lock = `${project.storedPath(file)}.lock`;
      mkdirSync(dirname(lock), { recursive: true });
      make(lock);
      utimesSync(lock, future, future);
      const { output } = await project.run([file], { TSYNCIO_SEED: "1" });
      expect(output).toContain("the next run plays it first");
    }
    expect(project.storedFiles).toEqual(leave.map((_, i) => `bank${i}.test.ts.json`));
  });

  test("a lock that others do not release: the test says what is not stored, and which task has it", async () => {
    project.add("bank", "bank.test.ts");
    const lock = `${project.storedPath("bank.test.ts")}.lock`;
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, `${hostname()} ${process.pid}`);
    const take = setInterval(() => utimesSync(lock, new Date(), new Date()), 50);
    try {
      const { tests, output } = await project.run(["bank.test.ts"], { TSYNCIO_SEED: "1" });
      expect(tests["no withdrawal is lost"]).toBe("failed");
      expect(output).toContain("ExplorationError");
      expect(output).toMatch(
        /Not stored, \(.*bank\.test\.ts\.json\.lock is held by process \d+ of .* for \d\.\d s: remove it/,
      );
    } finally {
      clearInterval(take);
    }
  });

  test("tests of the same name have schedules of their own", async () => {
    project.add("same", "same.test.ts");
    await project.run(["same.test.ts"]);
    const stored = project.stored("same.test.ts");
    expect(Object.keys(stored?.tests ?? {})).toEqual(["a suite > same", "a suite > same (2)", "same"]);
    const { output } = await project.run(["same.test.ts"]);
    expect(output.match(/was played first/g)?.length).toBeGreaterThanOrEqual(3);
    expect(project.stored("same.test.ts")).toEqual(stored);
  });

  test("a run that does not end: the tree of its tasks, a clean end, and the next test undisturbed; a stuck one at once", async () => {
    project.add("timeouts", "timeouts.test.ts");
    const { tests, output } = await project.run(["timeouts.test.ts"]);
    expect(tests).toEqual({
      "too slow": "failed",
      "the next test": "passed",
      stuck: "failed",
      "woken from outside": "passed",
      "a promise": "passed",
      "a promise that nothing seems to keep": "passed",
      deaf: "failed",
      "the last test": "passed",
    });
    expect(output).toMatch(/after \d+ of 4000 ms the test has not ended, and was cancelled\. Its tasks then:/);
    expect(output).toMatch(
      /Task-\d+ main\(\): waits for gather of 2, 2 not done: .*, at main \(.*timeouts\.test\.ts:\d+\)/,
    );
    expect(output).toMatch(/├── Task-\d+ child\(\): waits for sleep\(100\), at child \(.*timeouts\.test\.ts:\d+\)/);
    expect(output).toMatch(/└── Task-\d+ child\(\): waits for acquire of <Lock .*>, held by Task-\d+/);
    expect(output).toMatch(/Task-\d+ background\(\): waits for sleep\(100\)/);
    const steps = [...output.matchAll(/<(cleanup ends|background ends|next test|stuck ends|last test)>/g)].map(
      (m) => m[1],
    );
    expect(steps).toEqual(["cleanup ends", "background ends", "next test", "stuck ends", "last test"]);
    expect(output).toMatch(/DeadlockError\]?: nothing can wake the event loop any more: 3 tasks waiting forever/);
    expect(output).toContain("did not end when it was cancelled. It is stopped:");
    expect(output).not.toContain("timed out"); // as the runner would say it
  });

  test("a coroutine function as the body of the runner's own test runs; what cannot run fails, and says what to write", async () => {
    project.add("coroutines", "coroutines.test.ts");
    const { tests, output } = await project.run(["coroutines.test.ts"]);
    expect(tests).toEqual({
      test: "failed",
      it: "failed",
      "with options": "failed",
      "a function that returns a coroutine": "failed",
      "an async function that returns a coroutine": "failed",
      "what coroutine() has made": "failed",
      skip: "skipped",
      "one that holds": "passed",
      "the context": "passed",
      "an ordinary one": "passed",
      "an ordinary async one": "passed",
      "too slow": "failed",
      "an async generator function": "failed",
      "what asyncGenerator() has made": "failed",
      "a coroutine as the result": "failed",
      "a coroutine as the result of test.run": "failed",
      "a coroutine as the result of test.simulate": "failed",
      "beforeEach with a coroutine function": "passed",
      "afterEach with a coroutine function": "passed",
      "describe with a coroutine function": "passed",
      ...(runner === "node" ? { "a hook that returns a coroutine": "failed" } : {}),
      "after the hook": "failed",
    });
    expect(output).toMatch(
      /after \d+ of 500 ms the test has not ended, and was cancelled.*slow\(\): waits for sleep\(100\)/s,
    );
    expect(output).toContain(
      "returned an async generator, of which nothing has run. Write function* () { … yield* … }",
    );
    expect(output).toContain("test.simulate: the test returned a coroutine that has not run. Write return yield* f()");
    expect(output).toContain("beforeEach: this function cannot be a coroutine: each run has a loop of its own");
  });

  test("options, the runner's own methods, and a budget that fits the timeout", async () => {
    project.add("options", "options.test.ts");
    const { tests } = await project.run(["options.test.ts"]);
    expect(tests).toEqual({
      skipped: "skipped",
      "to be written": "skipped",
      "skipped by a condition": "skipped",
      "not run by a condition": "skipped",
      "skipped by the runner's own": "skipped",
      "the runner's own test": "passed",
      "its other name": "passed",
      "an hour": "passed",
      "real time": "passed",
      "explores for a part of the timeout": "passed",
      "had many runs, and some time was left": "passed",
      "not stored": "failed",
    });
    expect(project.storedFiles).toEqual([]);
  });

  test("the environment's limits come before the options', and the timeout grows with them", async () => {
    project.add("night", "night.test.ts");
    const counted = async (env: Record<string, string>) => {
      const { code, output } = await project.run(["night.test.ts"], env);
      const [, runs, ms] = /(\d+) runs, (\d+) ms/.exec(output) ?? [];
      return { code, runs: Number(runs), ms: Number(ms) };
    };
    expect(await counted({})).toMatchObject({ code: 0, runs: 50 });
    expect(await counted({ TSYNCIO_EXPLORE_ITERATIONS: "100" })).toMatchObject({ code: 0, runs: 100 });
    const night = await counted({ TSYNCIO_EXPLORE_MS: "1500" });
    expect(night.code).toBe(0);
    expect(night.runs).toBeGreaterThan(100);
    expect(night.ms).toBeGreaterThan(1400);
    const { code, output } = await project.run(["night.test.ts"], { TSYNCIO_EXPLORE_MS: "1h" });
    expect(code).toBe(1);
    expect(output).toContain('TSYNCIO_EXPLORE_MS must be a whole number, got "1h"');
  });
}
