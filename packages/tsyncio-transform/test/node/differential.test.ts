// Programs with every construct, whose log must not depend on what runs them: natively, compiled, and in their
// generator form.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { logsOf, namesOf } from "../differential/runBoth.ts";

const programs = readFileSync(new URL("../fixtures/programs.txt", import.meta.url), "utf8");

describe("programs that leave the same log, whatever runs them", () => {
  it.each(namesOf(programs))("%s", async (name) => {
    const { native, compiled, printed } = await logsOf(programs, name);
    expect(native.length).toBeGreaterThan(1);
    expect(compiled).toEqual(native);
    expect(printed).toEqual(native);
  });
});
