/** The workload `offload`: 10,000 small jobs in threads, beside the pool library used directly. */
import { fileURLToPath } from "node:url";
import { figureOf } from "../child.ts";
import { median } from "../measure.ts";

const KINDS = ["tsyncio", "tinypool"] as const;
/** What tsyncio is held to, as a ratio to tinypool. */
const TARGET = 4;
const JOBS = 10_000;

type Kind = (typeof KINDS)[number];
export type OffloadFigures = { readonly offload: Record<Kind, number> };

export interface OffloadChoice {
  readonly rounds: number;
  /** Runs of all jobs in each round; their median counts. */
  readonly repeats: number;
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
  progress(text: string): void;
}

/** Each kind in a process of its own, in each round; the order changes. */
export async function offload(choice: OffloadChoice): Promise<OffloadFigures> {
  const found: Record<Kind, number[]> = { tsyncio: [], tinypool: [] };
  for (let round = 0; round < choice.rounds; round += 1) {
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
      choice.progress(`round ${round + 1}/${choice.rounds}  offload ${kind}`);
      found[kind].push(await jobsASecond(kind, choice));
    }
  }
  const figure = (kind: Kind): number => Number(median(found[kind]).toPrecision(4));
  return { offload: { tsyncio: figure("tsyncio"), tinypool: figure("tinypool") } };
}

function jobsASecond(kind: Kind, { condition, repeats }: OffloadChoice): Promise<number> {
  const program = fileURLToPath(new URL("pools.ts", import.meta.url));
  const args = [...condition, program, kind, String(JOBS), String(repeats)];
  return figureOf(args);
}

/** Jobs a second, and in brackets the ratio to tinypool; a star where the target is missed. */
export function offloadTable({ offload: row }: OffloadFigures): string {
  const ratio = row.tsyncio / row.tinypool;
  const cells = [
    `${Math.round(row.tsyncio)} (${ratio.toFixed(2)})${ratio < TARGET ? "*" : " "}`,
    `${Math.round(row.tinypool)}`,
  ];
  return [
    `${"".padEnd(10)} ${KINDS.map((kind) => kind.padStart(18)).join("")}   jobs/s`,
    `${"offload".padEnd(10)} ${cells.map((cell) => cell.padStart(18)).join("")}`,
    `In brackets: the ratio to tinypool used directly. Target: ${TARGET}.`,
  ].join("\n");
}
