import { expect, test } from "vitest";
import { testsWith } from "./runnersSuite.ts";
import { Project } from "./runnersSupport.ts";

testsWith("node");

test("a run that the runner gives up by a time-out that the test does not know of: the tree is printed, and the run cancelled", async () => {
  const project = new Project("node");
  try {
    project.add("givenUp", "givenUp.test.ts");
    const { tests, output } = await project.run(["givenUp.test.ts"], {}, ["--test-timeout=3000"]);
    expect(tests).toMatchObject({ "given up": "failed", "the next test": "passed" });
    expect(output).toMatch(/Task-\d+ main\(\): waits for sleep\(100\), at main \(.*givenUp\.test\.ts:8\)/);
    expect(output).toMatch(/<clean-up ends>.*<next test>/s);
  } finally {
    project.remove();
  }
});
