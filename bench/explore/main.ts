/** The workload `explore`: schedules a second of a small program, beside fast-check's scheduler. */
import { fileURLToPath } from "node:url";
import { figureOf } from "../child.ts";
import { median } from "../measure.ts";

const KINDS = ["tsyncio", "tsyncio-random", "tsyncio-any", "fast-check"] as const;
/** What tsyncio is held to, in schedules a second. */
const TARGET = 50_000;

type Kind = (typeof KINDS)[number];
export type ExploreFigures = { readonly explore: Record<Kind, number> };

export interface ExploreChoice {
  readonly rounds: number;
  /** Measurements of each kind in a round; their median counts. */
  readonly repeats: number;
  /** How long each takes, at least. */
  readonly milliseconds: number;
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
  progress(text: string): void;
}

/** Each kind in a process of its own, in each round; the order changes. */
export async function exploring(choice: ExploreChoice): Promise<ExploreFigures> {
  const found: Record<Kind, number[]> = { tsyncio: [], "tsyncio-random": [], "tsyncio-any": [], "fast-check": [] };
  for (let round = 0; round < choice.rounds; round += 1) {
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
      choice.progress(`round ${round + 1}/${choice.rounds}  explore ${kind}`);
      found[kind].push(await schedulesASecond(kind, choice));
    }
  }
  const figures = KINDS.map((kind) => [kind, Number(median(found[kind]).toPrecision(4))] as const);
  return { explore: Object.fromEntries(figures) as Record<Kind, number> };
}

function schedulesASecond(kind: Kind, { condition, repeats, milliseconds }: ExploreChoice): Promise<number> {
  const program = fileURLToPath(new URL("schedules.ts", import.meta.url));
  const args = [...condition, program, kind, String(repeats), String(milliseconds)];
  return figureOf(args);
}

/** Schedules a second, and in brackets how many times those of fast-check; a star where the target is missed. */
export function exploreTable({ explore: row }: ExploreFigures): string {
  const cells = KINDS.map((kind) => {
    const ratio = kind === "fast-check" ? "" : ` (${(row[kind] / row["fast-check"]).toFixed(0)}×)`;
    const star = kind !== "tsyncio" || row[kind] >= TARGET ? "" : "*";
    return `${Math.round(row[kind]).toLocaleString("en-US")}${ratio}${star}`;
  });
  return [
    `${"".padEnd(10)} ${KINDS.map((kind) => kind.padStart(18)).join("")}   schedules/s`,
    `${"explore".padEnd(10)} ${cells.map((cell) => cell.padStart(18)).join("")}`,
    `In brackets: the ratio to fast-check. Target: ${TARGET.toLocaleString("en-US")}.`,
  ].join("\n");
}
