/** The strategies by the names that `explore` takes. */

import { ExhaustiveStrategy } from "./exhaustive.ts";
import { PctStrategy } from "./pct.ts";
import { PortfolioStrategy } from "./portfolio.ts";
import { RandomStrategy } from "./random.ts";
import type { Strategy } from "./strategy.ts";
import { UniformStrategy } from "./uniform.ts";

/** How schedules are chosen: see `explore`. */
export type StrategyName =
  | "portfolio"
  | "uniform"
  | "random"
  | { readonly pct: number }
  | { readonly exhaustive: number };

/** Makes a new strategy: strategies learn, and must not carry that over to another program. */
export function makeStrategy(name: StrategyName): Strategy {
  if (name === "portfolio") return new PortfolioStrategy();
  if (name === "uniform") return new UniformStrategy();
  if (name === "random") return new RandomStrategy();
  if (typeof name === "object" && name !== null && Object.keys(name).length === 1) {
    if ("pct" in name && name.pct >= 1) return new PctStrategy(name.pct);
    if ("exhaustive" in name && name.exhaustive >= 0) return new ExhaustiveStrategy(name.exhaustive);
  }
  throw new TypeError(
    `explore: strategy must be "portfolio", "uniform", "random", { pct: depth } or { exhaustive: bound }, got ${JSON.stringify(name)}`,
  );
}
