/** Options that do not exist. */

import { sleep } from "tsyncio";
import { explore, replay, SimulatedNetwork, simulate } from "tsyncio/testing";
import { expect, test } from "vitest";

const main = () => sleep(1);
const wrong = (options: object): never => options as never;

test("an option that does not exist is an error that names the one that was meant, and all there are", () => {
  expect(() => simulate(main, wrong({ sed: 1 }))).toThrow(
    'simulate has no option "sed": did you mean seed? It has seed, model, maxSteps and start.',
  );
  expect(() => explore(main, wrong({ iteration: 1 }))).toThrow(
    'explore has no option "iteration": did you mean iterations?',
  );
  expect(() => replay(main, "tsy1.BofADBBBDAA", wrong({ paus: true }))).toThrow(
    'replay has no option "paus": did you mean pause?',
  );
  simulate(function* (sim) {
    expect(() => new SimulatedNetwork(wrong({ los: 1 }))).toThrow(
      'SimulatedNetwork has no option "los": did you mean loss?',
    );
    expect(() => sim.eventually(() => true, wrong({ within: 5 }))).toThrow('eventually has no option "within"');
    yield* sleep(0);
  });
  expect(() => explore(main, { strategy: wrong({ pct: 2, depth: 3 }) })).toThrow("explore: strategy must be");
});

test("replay takes the options that explore had, of which the token decides some", () => {
  const options = { seed: 1, iterations: 5, model: "events", leaks: "ignore" } as const;
  explore(main, options);
  expect(replay(main, "tsy1.BofADBBBDAA", options).diverged).not.toBe(null);
});

test("a start that is no time is an error", () => {
  const start = new Date("the first of May");
  expect(() => simulate(main, { start })).toThrow("simulate: start must be a Date or milliseconds since 1970");
  expect(() => explore(main, { start: Number.NaN })).toThrow(
    "explore: start must be a Date or milliseconds since 1970",
  );
});
