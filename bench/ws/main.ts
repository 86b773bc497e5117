/** The workload `ws`: WebSocket echo and broadcast, beside the library ws by hand. */
import { fileURLToPath } from "node:url";
import { NATIVE_SYNTAX } from "../build.ts";
import { firstLine, start } from "../child.ts";
import { HEAP } from "../echo/main.ts";
import { measurePairs, type Paired } from "../pairs.ts";

const ROWS = {
  "ws-echo": { path: "/echo", connections: 100, inFlight: 4 },
  "ws-broadcast": { path: "/broadcast", connections: 1000, inFlight: 1 },
} as const;
const TARGET = 0.95;

type Row = (typeof ROWS)[keyof typeof ROWS];
/** Messages a second. */
export type WebSocketFigures = Record<string, Paired>;

export interface WebSocketChoice {
  /** How many pairs of servers each row takes. */
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
    figures[name] = await measurePairs(
      pairs,
      (pair) => progress(`${pair}/${pairs}  ${name}`),
      () => messages([...condition, ...NATIVE_SYNTAX, here("tsyncioServer.ts")], row, seconds),
      () => messages([here("wsServer.ts")], row, seconds),
    );
  }
  return figures;
}

/** Of a server of its own: two servers of one kind differ by a tenth for as long as they live. */
async function messages(args: readonly string[], row: Row, seconds: number): Promise<number> {
  const server = start([...HEAP, ...args]);
  try {
    const order = [await firstLine(server), row.path, row.connections, row.inFlight, seconds].map(String);
    const measure = async (): Promise<number> => Number(await firstLine(start([here("client.ts"), ...order])));
    await measure(); // to warm up
    return await measure();
  } finally {
    server.kill();
  }
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
