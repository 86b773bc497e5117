/** The workload `ws`: WebSocket echo and broadcast, beside the library ws by hand. */
import { fileURLToPath } from "node:url";
import { NATIVE_SYNTAX } from "../build.ts";
import { firstLine, start, withServers } from "../child.ts";
import { HEAP } from "../echo/main.ts";
import { measurePairs, type Paired } from "../pairs.ts";

const ROWS = {
  "ws-echo": { path: "/echo", connections: 100, inFlight: 4 },
  "ws-broadcast": { path: "/broadcast", connections: 1000, inFlight: 1 },
} as const;
const TARGET = 0.95;

/** Messages a second. */
export type WebSocketFigures = Record<string, Paired>;

export interface WebSocketChoice {
  /** How many pairs of servers each row takes: two of one kind differ for as long as they live. */
  readonly pairs: number;
  /** Seconds of each measurement. */
  readonly seconds: number;
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
  progress(text: string): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function webSockets({ pairs, seconds, condition, progress }: WebSocketChoice): Promise<WebSocketFigures> {
  const figures: WebSocketFigures = {};
  for (const [name, row] of Object.entries(ROWS)) {
    const { path, connections, inFlight } = row;
    figures[name] = await measurePairs(pairs, async (pair) => {
      progress(`${pair + 1}/${pairs}  ${name}`);
      const servers = [
        start([...HEAP, ...condition, ...NATIVE_SYNTAX, here("tsyncioServer.ts")]),
        start([...HEAP, here("wsServer.ts")]),
      ];
      const order = [path, connections, inFlight, seconds].map(String);
      return withServers(servers, async (ports) =>
        JSON.parse(await firstLine(start([here("client.ts"), ...order, ...ports]))),
      );
    });
  }
  return figures;
}

/** Messages a second, the ratio and its interval; a star where the target is missed. */
export function webSocketTable(figures: WebSocketFigures): string {
  const cells = (texts: readonly string[]): string => texts.map((text) => text.padStart(16)).join("");
  const lines = Object.entries(figures).map(([name, { ours, theirs, ratio }]) => {
    const star = ratio.median < TARGET ? "*" : " ";
    const interval = `${ratio.low.toFixed(2)} … ${ratio.high.toFixed(2)}`;
    const figure = [ours, theirs].map((value) => String(Math.round(value)));
    return `${name.padEnd(14)}${cells([...figure, `${ratio.median.toFixed(2)}${star}`, interval])}`;
  });
  return [
    `${"".padEnd(14)}${cells(["tsyncio", "ws", "ratio", "95 % interval"])}   messages/s`,
    ...lines,
    `Target: ${TARGET} of ws.`,
  ].join("\n");
}
