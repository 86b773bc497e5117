/** The same programs on real sockets and on simulated ones: what they see must be the same. */

import { type Coroutine, getRunningLoop } from "tsyncio";
import { SimulatedNetwork, simulate } from "tsyncio/testing";
import { describe, expect, test } from "vitest";
import { protocolPrograms } from "../../io/network/networkProtocolPrograms.ts";
import { streamPrograms } from "../../io/network/networkStreamPrograms.ts";
import type { Program } from "../../io/network/networkSupport.ts";
import { real } from "../net/support.ts";

function simulated(program: Program): unknown {
  const reports: unknown[] = [];
  const result = simulate(function* () {
    new SimulatedNetwork();
    getRunningLoop().setExceptionHandler((_loop, context) => void reports.push(context));
    return yield* program();
  });
  expect(reports).toEqual([]);
  return result;
}

describe("a program sees the same on real sockets and on simulated ones", () => {
  for (const [name, program] of Object.entries({ ...streamPrograms, ...protocolPrograms })) {
    test(name, async () => {
      const simulatedResult = simulated(program);
      expect(simulatedResult).toEqual(await real(program as () => Coroutine<unknown>));
    });
  }
});
