/** The workload `startup`: a program that does nothing, with the loader of the native syntax and without it. */
import { fileURLToPath } from "node:url";
import { figureOf } from "../child.ts";
import type { Interval } from "../interval.ts";
import { measurePairs, oneByOne } from "../pairs.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// As JavaScript, and as built: else Node's own compiler of TypeScript would be most of what is measured.
const LOADER = ["--import", here("../../packages/tsyncio-transform/dist/fronts/register.js")];
// As if installed: the loader leaves what lies in node_modules, where this repository has links to its packages.
const PLAIN = ["--preserve-symlinks", here("plain.mjs")];
const KINDS = {
  "without the loader, again": PLAIN,
  "nothing is marked": [...LOADER, ...PLAIN],
  "one file is marked": [...LOADER, "--preserve-symlinks", here("marked.mjs")],
};
type Kind = keyof typeof KINDS;

/** What the loader is held to, as a ratio to the program without it. */
const TARGETS: Readonly<Partial<Record<Kind, number>>> = { "nothing is marked": 1.1, "one file is marked": 1.5 };

export type StartupFigures = { readonly startup: Readonly<Record<Kind, Interval>> };

export interface StartupChoice {
  /** How often each is started, beside the program without the loader. */
  readonly pairs: number;
  progress(text: string): void;
}

/** Each pair is two processes, one after the other; which is first changes. Their processor time counts. */
export async function startup({ pairs, progress }: StartupChoice): Promise<StartupFigures> {
  const found: [string, Interval][] = [];
  for (const [kind, args] of Object.entries(KINDS)) {
    const { ratio } = await measurePairs(pairs, (pair) => {
      progress(`pair ${pair + 1}/${pairs}  startup, ${kind}`);
      return oneByOne(pair, figureOf, [args, PLAIN]);
    });
    found.push([kind, ratio]);
  }
  return { startup: Object.fromEntries(found) as Record<Kind, Interval> };
}

/** The median of the ratios and its interval; a star where the target is missed. */
export function startupTable({ startup }: StartupFigures): string {
  const lines = (Object.keys(KINDS) as Kind[]).map((kind) => {
    const { median, low, high } = startup[kind];
    const target = TARGETS[kind];
    const held = target === undefined ? "" : `  at most ${target}${median > target ? " *" : ""}`;
    return `${kind.padEnd(27)}${median.toFixed(2)}  ${low.toFixed(2)} … ${high.toFixed(2)}${held}`;
  });
  return ["startup: processor time, as a ratio to the program without the loader; 95 % interval", ...lines].join("\n");
}
