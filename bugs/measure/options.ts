/** The command line of `npm run bugs`. */

import { parseArgs } from "node:util";
import type { StrategyName } from "tsyncio/testing";
import { type Bug, bugs } from "../index.ts";

export const HELP = `npm run bugs [-- OPTIONS] [NAME…]

How many schedules it takes to find each bug of the collection, or the named ones: the median over several seeds.

  --strategy NAME   only this one: portfolio, uniform, random, pct:DEPTH or exhaustive:BOUND; may be given several times
  --seeds N         how many seeds (7)
  --busy N          the second figure is with N tasks beside the bug that have nothing to do with it (8; 0: no second figure)
  --iterations N    gives up after N schedules (10000)
  --fixed N         runs the repaired twins instead, N schedules with each strategy: none may be flagged
  --list            only shows the names, and what goes wrong
  --write           puts the table into docs/bugs.md and docs/bugs.ko.md`;

export interface Options {
  readonly help: boolean;
  readonly list: boolean;
  readonly write: boolean;
  readonly strategies: readonly StrategyName[];
  readonly seeds: number;
  readonly busy: number;
  readonly iterations: number;
  /** Null: measure the buggy ones. */
  readonly fixed: number | null;
  readonly bugs: readonly Bug[];
}

export const STRATEGIES: readonly StrategyName[] = ["portfolio", "uniform", "random", { pct: 3 }, { exhaustive: 2 }];

/** Throws a `TypeError` that says what is wrong with the arguments. */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h", default: false },
      list: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      strategy: { type: "string", multiple: true },
      seeds: { type: "string", default: "7" },
      busy: { type: "string", default: "8" },
      iterations: { type: "string", default: "10000" },
      fixed: { type: "string" },
    },
  });
  const strategies = values.strategy?.map(strategyOf) ?? STRATEGIES;
  if (values.write && (positionals.length > 0 || values.strategy !== undefined || values.fixed !== undefined)) {
    throw new TypeError("--write takes the whole table: no names, no --strategy, no --fixed");
  }
  return {
    help: values.help,
    list: values.list,
    write: values.write,
    strategies,
    seeds: wholeNumber("--seeds", values.seeds, 1),
    busy: wholeNumber("--busy", values.busy, 0),
    iterations: wholeNumber("--iterations", values.iterations, 1),
    fixed: values.fixed === undefined ? null : wholeNumber("--fixed", values.fixed, 1),
    bugs: positionals.length === 0 ? bugs : positionals.map(bugOf),
  };
}

export function nameOf(strategy: StrategyName): string {
  if (typeof strategy === "string") return strategy;
  const [[name, value]] = Object.entries(strategy) as [[string, number]];
  return `${name} ${value}`;
}

function strategyOf(text: string): StrategyName {
  if (text === "portfolio" || text === "uniform" || text === "random") return text;
  const [name, number = ""] = text.split(":");
  if (name === "pct") return { pct: wholeNumber(text, number, 1) };
  if (name === "exhaustive") return { exhaustive: wholeNumber(text, number, 0) };
  throw new TypeError(`there is no strategy ${text}: use portfolio, uniform, random, pct:3 or exhaustive:2`);
}

function wholeNumber(what: string, text: string, least: number): number {
  const value = Number(text);
  if (text === "" || !Number.isInteger(value) || value < least) {
    throw new TypeError(`${what} needs a whole number from ${least}, got "${text}"`);
  }
  return value;
}

function bugOf(name: string): Bug {
  const bug = bugs.find((b) => b.name === name);
  if (bug === undefined) throw new TypeError(`there is no bug ${name}: --list shows their names`);
  return bug;
}
