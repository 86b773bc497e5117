import { describe, expect, it } from "vitest";
import { type Finding, fuzzers } from "./fuzzer.ts";

describe.each(fuzzers.filter(({ short }) => short > 0))("npm run fuzz -- $name", ({ run, short }) => {
  it("finds nothing in a short run", async () => {
    const findings: Finding[] = [];
    const options = { seed: 1, seconds: Infinity, count: short };
    await run({ ...options, begin: () => {}, report: (finding) => findings.push(finding) });
    expect(findings).toEqual([]);
  });
});
