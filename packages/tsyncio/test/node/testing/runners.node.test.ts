import { expect, test } from "vitest";
import { testsWith } from "./runnersSuite.ts";
import { Project } from "./runnersSupport.ts";

testsWith("node");

test("a run that the runner gives up by a timeout that the test does not know of: the tree is printed, and the run cancelled", async () => {
  const project = new Project("node");
  try {
    project.add("givenUp", "givenUp.test.ts");
    const { tests, output } = await project.run(["givenUp.test.ts"], {}, ["--test-timeout=3000"]);
    expect(tests).toMatchObject({ "given up": "failed", "the next test": "passed" });
    expect(output).toMatch(/Task-\d+ main\(\): waits for sleep\(100\), at main \(.*givenUp\.test\.ts:8\)/);
    expect(output).toMatch(/<cleanup ends>.*<next test>/s);
  } finally {
    project.remove();
  }
});

test("what only Node's test has takes a coroutine function too: a body alone, subtests", async () => {
  const project = new Project("node");
  try {
    project.add("coroutinesNode", "coroutinesNode.test.ts");
    const { tests } = await project.run(["coroutinesNode.test.ts"]);
    expect(tests).toEqual({
      body: "failed",
      withOptionsOnly: "failed",
      "the test of test": "failed",
      "a subtest": "failed",
      inner: "failed",
      "a subtest in test.run": "failed",
      "inner of test.run": "failed",
      "a subtest in test.run that passes": "passed",
      "inner that passes": "passed",
      "a callback": "passed",
      "the context's own": "passed",
      "other hooks with a coroutine function": "passed",
    });
  } finally {
    project.remove();
  }
});
