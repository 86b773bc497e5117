"use tsyncio";

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { aiter, getRunningLoop, sleep } from "tsyncio";
import { expect, it } from "vitest";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

it("a loop with many open generators keeps none that the program cannot reach any more", async () => {
  let closed = 0;
  const open = async function* (): AsyncGenerator<number, void> {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      closed++;
    }
  };
  const loop = getRunningLoop();
  const kept = open();
  const iterator = aiter(open());
  await kept.next();
  await iterator.anext();
  for (let i = 0; i < 500; i++) await open().next();
  for (let i = 0; i < 200 && loop._asyncgens.size > 70; i++) {
    collectGarbage();
    await sleep(0.005);
  }
  expect(loop._asyncgens.size).toBeLessThanOrEqual(70);
  expect(await kept.next()).toEqual({ value: 1, done: false });
  expect(await iterator.anext()).toBe(1);
  await kept.return();
  expect(closed).toBe(1);
});
