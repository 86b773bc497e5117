"use tsyncio";
import { test } from "tsyncio/testing/vitest";
import { expect } from "vitest";
import { poll } from "../src/index.ts";

// On a virtual clock: a minute takes no time.
test.simulate("asks again after each interval, until there is an answer", async (sim) => {
  let asked = 0;
  const answer = await poll(async () => (++asked === 3 ? "done" : undefined), 30);
  expect(answer).toBe("done");
  expect(sim.time).toBe(60);
});
