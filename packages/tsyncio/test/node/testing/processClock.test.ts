import { sleep } from "tsyncio";
import { simulate } from "tsyncio/testing";
import { expect, test } from "vitest";

test("process.hrtime() and process.uptime() show simulated time, and the real one is back after it", () => {
  const real = { hrtime: process.hrtime, uptime: process.uptime };
  const seen = simulate(function* () {
    const before = process.hrtime();
    const nanoseconds = process.hrtime.bigint();
    yield* sleep(3.25);
    return [
      process.hrtime(before),
      process.hrtime([0, 500_000_000]),
      process.hrtime.bigint() - nanoseconds,
      process.uptime(),
    ];
  });
  expect(seen).toEqual([[3, 250_000_000], [2, 750_000_000], 3_250_000_000n, 3.25]);
  expect({ hrtime: process.hrtime, uptime: process.uptime }).toEqual(real);
});
