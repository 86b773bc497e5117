/** The workload `echo`: requests a second over loopback, beside raw node:net. */
import { fileURLToPath } from "node:url";
import { firstLine, start, withServers } from "../child.ts";
import { median } from "../measure.ts";

export const SIZES = { "echo-1k": 1024, "echo-10k": 10 * 1024, "echo-100k": 100 * 1024 } as const;
const KINDS = ["protocol", "streams", "node"] as const;
/** Servers of each kind a round. */
const SERVERS = 3;
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

/** Each sample has servers of its own. The median of the ratios to node:net counts. */
export async function echo(choice: EchoChoice): Promise<EchoFigures> {
  const figures: EchoFigures = {};
  for (const [name, size] of Object.entries(SIZES)) {
    const found: number[][] = [];
    for (let sample = 0; sample < choice.rounds * SERVERS; sample += 1) {
      choice.progress(`${sample + 1}/${choice.rounds * SERVERS}  ${name}`);
      const servers = KINDS.map((kind) => start([...HEAP, ...choice.condition, here("servers.ts"), kind]));
      found.push(await withServers(servers, (ports) => requests(ports, size, choice.seconds)));
    }
    figures[name] = rowOf(found);
  }
  return figures;
}

function rowOf(samples: readonly (readonly number[])[]): Record<Kind, number> {
  const raw = KINDS.indexOf("node");
  const middle = (of: (rates: readonly number[]) => number): number => median(samples.map(of));
  const byHand = middle((rates) => rates[raw] as number);
  const row = KINDS.map((kind, index) => {
    const ratio = middle((rates) => (rates[index] as number) / (rates[raw] as number));
    return [kind, Number((byHand * ratio).toPrecision(4))];
  });
  return Object.fromEntries(row) as Record<Kind, number>;
}

/** Requests a second of servers, which take turns. All ends are processes of their own. */
export async function requests(ports: readonly string[], size: number, seconds: number): Promise<number[]> {
  const order = [size, CONNECTIONS, seconds].map(String);
  return JSON.parse(await firstLine(start([here("client.ts"), ...order, ...ports])));
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
