/** The workload `echo`: requests a second over loopback, beside raw node:net. */
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { firstLine, start } from "../child.ts";
import { median } from "../measure.ts";

export const SIZES = { "echo-1k": 1024, "echo-10k": 10 * 1024, "echo-100k": 100 * 1024 } as const;
const KINDS = ["protocol", "streams", "node"] as const;
/** Measurements of each kind a round: many short ones, for a machine is slower at one time than at another. */
const SAMPLES = 3;
/**
 * The young generation has this many MiB for all three. V8's own choice shrinks to 1 in a server that waits for its
 * turn; what is read then weighs more than the heap, and V8 falls into one of two states: in one it collects the old
 * generation every 20 ms and a request takes three times its time. Which one is luck, of raw node:net too.
 */
export const HEAP = ["--min-semi-space-size=16"];
/** What each is held to, as a ratio to raw node:net. */
const TARGETS = { protocol: 0.95, streams: 0.85, node: 1 } as const;
const CONNECTIONS = 3;

type Kind = (typeof KINDS)[number];
export type EchoFigures = Record<string, Record<Kind, number>>;

export interface EchoChoice {
  readonly rounds: number;
  /** Seconds of each measurement. */
  readonly seconds: number;
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
  progress(text: string): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * The servers live through all samples of a size, so that a sample does not measure how long a compiler takes. They
 * take turns, in an order that changes. The median of the ratios to node:net counts.
 */
export async function echo(choice: EchoChoice): Promise<EchoFigures> {
  const figures: EchoFigures = {};
  for (const [name, size] of Object.entries(SIZES)) {
    const servers = KINDS.map((kind) => start([...HEAP, ...choice.condition, here("servers.ts"), kind]));
    try {
      figures[name] = await measureSize(name, size, servers, choice);
    } finally {
      for (const server of servers) server.kill();
    }
  }
  return figures;
}

async function measureSize(
  name: string,
  size: number,
  servers: readonly ChildProcess[],
  choice: EchoChoice,
): Promise<Record<Kind, number>> {
  const ports = await Promise.all(servers.map(firstLine));
  const found: number[][] = KINDS.map(() => []);
  const samples = choice.rounds * SAMPLES;
  for (const port of ports) await requests(port, size, 2 * choice.seconds); // to warm up
  for (let sample = 0; sample < samples; sample += 1) {
    for (let turn = 0; turn < KINDS.length; turn += 1) {
      const index = (sample + turn) % KINDS.length;
      choice.progress(`${sample + 1}/${samples}  ${name} ${KINDS[index]}`);
      found[index]?.push(await requests(ports[index] as string, size, choice.seconds));
    }
  }
  // Each sample beside that of node:net in the same turn: a machine that does other things too is slow for both.
  const raw = found[KINDS.indexOf("node")] ?? [];
  const ratio = (list: readonly number[]): number => median(list.map((value, i) => value / (raw[i] as number)));
  const row = KINDS.map((kind, index) => [kind, Number((median(raw) * ratio(found[index] ?? [])).toPrecision(4))]);
  return Object.fromEntries(row) as Record<Kind, number>;
}

/** Requests a second of one server. Both ends are processes of their own. */
export async function requests(port: string, size: number, seconds: number): Promise<number> {
  return Number(await firstLine(start([here("client.ts"), port, String(size), String(CONNECTIONS), String(seconds)])));
}

/** Requests a second, and in brackets the ratio to raw node:net; a star where the target is missed. */
export function echoTable(figures: EchoFigures): string {
  const lines = [`${"".padEnd(10)} ${KINDS.map((kind) => kind.padStart(18)).join("")}   requests/s`];
  for (const [name, row] of Object.entries(figures)) {
    const cells = KINDS.map((kind) => {
      const ratio = row[kind] / row.node;
      const missed = ratio < TARGETS[kind] ? "*" : " ";
      return `${Math.round(row[kind])} (${ratio.toFixed(2)})${missed}`.padStart(18);
    });
    lines.push(`${name.padEnd(10)} ${cells.join("")}`);
  }
  lines.push(
    `In brackets: the ratio to raw node:net. Targets: protocol ${TARGETS.protocol}, streams ${TARGETS.streams}.`,
  );
  return lines.join("\n");
}
