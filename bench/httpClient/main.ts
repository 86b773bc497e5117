/** The workload `http-client`: requests a second of a session, beside fetch with p-limit. */
import { fileURLToPath } from "node:url";
import { firstLine, start } from "../child.ts";
import { median } from "../measure.ts";

const SIZES = { "get-100": 100, "get-10k": 10 * 1024, "get-100k": 100 * 1024 } as const;
/** The first is measured against itself too: a figure counts only where that control is near 1. */
const KINDS = ["fetch", "session", "control", "signal"] as const;
const TARGET = 0.95;
const LIMIT = 20;
/** Measurements of each kind a round. */
const SAMPLES = 2;

type Kind = (typeof KINDS)[number];
export type ClientFigures = Record<string, Record<Kind, number>>;

export interface ClientChoice {
  readonly rounds: number;
  /** Seconds of each measurement. */
  readonly seconds: number;
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
  progress(text: string): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The kinds take turns, in an order that changes. The median of the ratios to the fetch of the same turn counts. */
export async function httpClient(choice: ClientChoice): Promise<ClientFigures> {
  const server = start([here("server.ts")]);
  try {
    const port = await firstLine(server);
    const figures: ClientFigures = {};
    for (const [name, size] of Object.entries(SIZES)) figures[name] = await measureSize(name, size, port, choice);
    return figures;
  } finally {
    server.kill();
  }
}

async function measureSize(
  name: string,
  size: number,
  port: string,
  choice: ClientChoice,
): Promise<Record<Kind, number>> {
  const found: number[][] = KINDS.map(() => []);
  const samples = choice.rounds * SAMPLES;
  for (let sample = 0; sample < samples; sample += 1) {
    for (let turn = 0; turn < KINDS.length; turn += 1) {
      const index = (sample + turn) % KINDS.length;
      const kind = KINDS[index] as Kind;
      choice.progress(`${sample + 1}/${samples}  ${name} ${kind}`);
      const args = [
        ...choice.condition,
        here("client.ts"),
        kind,
        port,
        String(size),
        String(LIMIT),
        String(choice.seconds),
      ];
      found[index]?.push(Number(await firstLine(start(args))));
    }
  }
  const fetch = found[0] ?? [];
  const ratio = (list: readonly number[]): number => median(list.map((value, i) => value / (fetch[i] as number)));
  const row = KINDS.map((kind, index) => [kind, Number((median(fetch) * ratio(found[index] ?? [])).toPrecision(4))]);
  return Object.fromEntries(row) as Record<Kind, number>;
}

/** Requests a second, and in brackets the ratio to fetch with p-limit; a star where the target is missed. */
export function httpClientTable(figures: ClientFigures): string {
  const lines = [`${"".padEnd(10)} ${KINDS.map((kind) => kind.padStart(18)).join("")}   requests/s`];
  for (const [name, row] of Object.entries(figures)) {
    const cells = KINDS.map((kind) => {
      const ratio = row[kind] / row.fetch;
      const missed = kind === "session" && ratio < TARGET ? "*" : " ";
      return `${Math.round(row[kind])} (${ratio.toFixed(2)})${missed}`.padStart(18);
    });
    lines.push(`${name.padEnd(10)} ${cells.join("")}`);
  }
  lines.push(
    `In brackets: the ratio to fetch with p-limit, ${LIMIT} at a time. Target: session ${TARGET}. control is fetch with`,
    "p-limit again: mistrust the figures of a row where it is below 0.95 or above 1.05. signal is fetch with p-limit and",
    "an AbortSignal for each request, without which none could be cancelled.",
  );
  return lines.join("\n");
}
