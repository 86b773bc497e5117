import { sleep } from "tsyncio";
import { test } from "tsyncio/testing/vitest";
import { expect } from "vitest";
import { SearchBox } from "../src/search.ts";

// Every order of what may happen at the same time, on a virtual clock.
test.explore("shows the answer to the latest question", function* () {
  const box = new SearchBox();
  box.ask("tea");
  yield* sleep(0.05); // the user types on
  yield* box.ask("teapot");
  yield* sleep(1);
  expect(box.shown).toBe("results for teapot");
});
