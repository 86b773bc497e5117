// Random programs, whose log must not depend on what runs them: natively, compiled, and in their generator form.
import { describe, expect, it } from "vitest";
import { randomProgram } from "../differential/randomProgram.ts";
import { logsOf } from "../differential/runBoth.ts";

const PROGRAMS = 300;
const PART = 20;

describe(`${PROGRAMS} random programs leave the same log, whatever runs them`, () => {
  it.each(Array.from({ length: PROGRAMS / PART }, (_, part) => 1 + part * PART))(
    `seeds %i to +${PART - 1}`,
    async (first) => {
      let lines = 0;
      for (let seed = first; seed < first + PART; seed++) {
        const code = randomProgram(seed);
        const { native, compiled, printed } = await logsOf(code);
        expect(compiled, `seed ${seed}\n${code}`).toEqual(native);
        expect(printed, `seed ${seed}, in its generator form\n${code}`).toEqual(native);
        lines += native.length;
      }
      expect(lines).toBeGreaterThan(10 * PART);
    },
  );
});
