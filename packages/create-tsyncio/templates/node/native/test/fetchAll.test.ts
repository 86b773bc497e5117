"use tsyncio";
import { test } from "tsyncio/testing/vitest";
import { expect } from "vitest";
import { fetchAll } from "../src/fetchAll.ts";

// On a virtual clock: two seconds take no time.
test.simulate("fetches at most `limit` pages at a time", async (sim) => {
  const pages = await fetchAll(["a.com", "b.com", "c.com", "d.com"], 2);
  expect(pages).toEqual(["page of a.com", "page of b.com", "page of c.com", "page of d.com"]);
  expect(sim.time).toBe(2);
});
