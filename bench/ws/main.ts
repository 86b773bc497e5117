/** The workload `ws`: WebSocket echo and broadcast, beside the library ws by hand, and each beside itself. */
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { NATIVE_SYNTAX } from "../build.ts";
import { firstLine, start } from "../child.ts";
import { HEAP } from "../echo/main.ts";
import { median } from "../measure.ts";

const ROWS = {
  "ws-echo": { path: "/echo", connections: 100, inFlight: 4 },
  "ws-broadcast": { path: "/broadcast", connections: 1000, inFlight: 1 },
} as const;
/** The last two are the controls: the ratio of a server to itself says what a ratio is worth on this machine now. */
const KINDS = ["tsyncio", "ws", "tsyncio again", "ws again"] as const;
const SAMPLES = 3;
const TARGET = 0.95;
/** A figure counts where the ratios of both servers to themselves are no further from 1 than this. */
const TRUSTED = 0.05;

type Kind = (typeof KINDS)[number];

export interface WebSocketRow {
  /** Messages a second. */
  readonly tsyncio: number;
  readonly ws: number;
  /** The medians of the ratios of samples that were taken one after the other. */
  readonly ratio: number;
  readonly controls: { readonly tsyncio: number; readonly ws: number };
}

export type WebSocketFigures = Record<string, WebSocketRow>;

export interface WebSocketChoice {
  readonly rounds: number;
  /** Seconds of each measurement. */
  readonly seconds: number;
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
  progress(text: string): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

function server(kind: Kind, condition: readonly string[]): ChildProcess {
  if (kind.startsWith("ws")) return start([...HEAP, here("wsServer.ts")]);
  return start([...HEAP, ...condition, ...NATIVE_SYNTAX, here("tsyncioServer.ts")]);
}

export async function webSockets(choice: WebSocketChoice): Promise<WebSocketFigures> {
  const figures: WebSocketFigures = {};
  for (const [name, row] of Object.entries(ROWS)) {
    const servers = KINDS.map((kind) => server(kind, choice.condition));
    try {
      figures[name] = await measure(name, row, servers, choice);
    } finally {
      for (const one of servers) one.kill();
    }
  }
  return figures;
}

async function measure(
  name: string,
  row: (typeof ROWS)[keyof typeof ROWS],
  servers: readonly ChildProcess[],
  { rounds, seconds, progress }: WebSocketChoice,
): Promise<WebSocketRow> {
  const ports = await Promise.all(servers.map(firstLine));
  const found: number[][] = KINDS.map(() => []);
  const messages = async (index: number, time: number): Promise<number> => {
    const args = [ports[index] as string, row.path, row.connections, row.inFlight, time].map(String);
    return Number(await firstLine(start([here("client.ts"), ...args])));
  };
  for (let index = 0; index < KINDS.length; index += 1) await messages(index, 2 * seconds); // to warm up
  const samples = rounds * SAMPLES;
  for (let sample = 0; sample < samples; sample += 1) {
    for (let turn = 0; turn < KINDS.length; turn += 1) {
      const index = (sample + turn) % KINDS.length;
      progress(`${sample + 1}/${samples}  ${name} ${KINDS[index]}`);
      found[index]?.push(await messages(index, seconds));
    }
  }
  const of = (kind: Kind): readonly number[] => found[KINDS.indexOf(kind)] ?? [];
  const ratio = (one: Kind, other: Kind): number => {
    const others = of(other);
    return median(of(one).map((value, i) => value / (others[i] as number)));
  };
  return {
    tsyncio: median(of("tsyncio")),
    ws: median(of("ws")),
    ratio: ratio("tsyncio", "ws"),
    controls: { tsyncio: ratio("tsyncio again", "tsyncio"), ws: ratio("ws again", "ws") },
  };
}

/** Messages a second, the ratio, and what it is worth; a star where the target is missed. */
export function webSocketTable(figures: WebSocketFigures): string {
  const lines = [
    `${"".padEnd(14)}${["tsyncio", "ws", "ratio", "controls"].map((t) => t.padStart(16)).join("")}   messages/s`,
  ];
  for (const [name, { tsyncio, ws, ratio, controls }] of Object.entries(figures)) {
    const pair = [controls.tsyncio, controls.ws];
    const trusted = pair.every((control) => Math.abs(control - 1) <= TRUSTED);
    const cells = [
      String(Math.round(tsyncio)),
      String(Math.round(ws)),
      `${ratio.toFixed(2)}${ratio < TARGET ? "*" : " "}`,
      pair.map((control) => control.toFixed(2)).join(" "),
    ];
    const note = trusted ? "" : "   does not count: a control is further than 0.05 from 1";
    lines.push(`${name.padEnd(14)}${cells.map((cell) => cell.padStart(16)).join("")}${note}`);
  }
  lines.push(`Target: ${TARGET} of ws. Controls: tsyncio beside itself, ws beside itself.`);
  return lines.join("\n");
}
