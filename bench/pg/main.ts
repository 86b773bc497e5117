/** The workload `pg`: queries a second of tsyncio/pg, beside pg by hand, against a PostgreSQL that this starts. */
import { fileURLToPath } from "node:url";
import { Postgres } from "../../packages/tsyncio/test/node/services/pg/postgres.ts";
import { firstLine, start } from "../child.ts";
import { median } from "../measure.ts";

/** What tsyncio is held to, as a ratio to pg by hand in the same round. */
const TARGETS = { query: 0.95, pool: 0.9 } as const;
/** Rounds in the process of each round of the benchmark. */
const TURNS = 7;

type Row = keyof typeof TARGETS;
/** Queries a second by hand; and the ratios to it of tsyncio, and of the same by hand once more. */
export type PgFigures = Record<string, { pg: number; tsyncio: number; control: number }>;

export interface PgChoice {
  readonly rounds: number;
  /** Seconds of each measurement. */
  readonly seconds: number;
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
  progress(text: string): void;
}

export async function pgQueries(choice: PgChoice): Promise<PgFigures> {
  const server = await Postgres.start();
  const found: Record<string, number[]> = {};
  try {
    for (let round = 0; round < choice.rounds; round += 1) {
      choice.progress(`round ${round + 1}/${choice.rounds}  pg`);
      const program = fileURLToPath(new URL("client.ts", import.meta.url));
      const given = [JSON.stringify(server.options), String(TURNS), String(choice.seconds)];
      const line = await firstLine(start([...choice.condition, program, ...given]));
      for (const [name, values] of Object.entries(JSON.parse(line) as Record<string, number[]>)) {
        found[name] = [...(found[name] ?? []), ...values];
      }
    }
  } finally {
    await server.stop();
  }
  const figures: PgFigures = {};
  for (const row of Object.keys(TARGETS)) {
    const pg = found[row] as number[];
    const ratio = (name: string): number => {
      const ratios = (found[`${row} ${name}`] as number[]).map((value, i) => value / (pg[i] as number));
      return Number(median(ratios).toPrecision(3));
    };
    figures[`pg ${row}`] = { pg: Math.round(median(pg)), tsyncio: ratio("ours"), control: ratio("control") };
  }
  return figures;
}

/** A star where the target is missed; a question mark where the control says that the machine is not quiet enough. */
export function pgTable(figures: PgFigures): string {
  const lines = Object.entries(figures).map(([name, { pg, tsyncio, control }]) => {
    const target = TARGETS[name.replace("pg ", "") as Row];
    const mark = control < 0.95 || control > 1.05 ? "?" : tsyncio < target ? "*" : " ";
    const cells = [String(pg), `${tsyncio.toFixed(2)}${mark}`, control.toFixed(2)];
    return `${name.padEnd(10)} ${cells.map((cell) => cell.padStart(12)).join("")}`;
  });
  return [
    `${"".padEnd(10)} ${["pg by hand", "tsyncio", "control"].map((title) => title.padStart(12)).join("")}`,
    ...lines,
    `Queries a second over 8 connections; ratios to pg by hand, the median of those within a round. Targets: ${TARGETS.query} for a query, ${TARGETS.pool} with acquire and release.`,
  ].join("\n");
}
