import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { asyncGenerator, getRunningLoop, run, sleep } from "tsyncio";
import { expect, test } from "vitest";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("where many generators are open, those that no task can iterate any more are closed when they are collected", async () => {
  let closed = 0;
  const open = asyncGenerator(function* () {
    try {
      for (;;) yield 1;
    } finally {
      yield* sleep(0);
      closed++;
    }
  });
  await run(
    (function* () {
      const kept = open();
      yield* kept.anext();
      for (let i = 0; i < 500; i++) yield* open().anext();
      for (let i = 0; i < 200 && closed < 400; i++) {
        collectGarbage();
        yield* sleep(0.005);
      }
      expect(closed).toBeGreaterThan(400);
      // The last 64 at most, and the one that is in use.
      expect(getRunningLoop()._asyncgens.size).toBeLessThanOrEqual(65);
      expect(yield* kept.anext()).toBe(1);
    })(),
  );
  expect(closed).toBe(501);
});
