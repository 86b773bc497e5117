/**
 * The collection of bugs from the literature, in bugs/. Those on the simulated network: io/network/register.test.ts.
 */

import { describe, expect, it } from "vitest";
import { bugs } from "../../../../bugs/index.ts";
import { registerBugs } from "../../../../bugs/register.ts";
import { testsOf } from "./bugsSuite.ts";

describe("the collection of bugs", () => {
  it("has at least 44 entries, each with a name of its own, a source and a story", () => {
    expect(bugs.length).toBeGreaterThanOrEqual(44);
    expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
    for (const { source, story } of bugs) expect([source.length > 10, story.endsWith(".")]).toEqual([true, true]);
  });

  testsOf(bugs.filter((bug) => !registerBugs.includes(bug)));
});
