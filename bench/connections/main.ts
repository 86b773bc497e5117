/** The workload `connections`: the memory of a server whose clients are connected and idle, beside raw node:net. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { firstLine, start } from "../child.ts";
import { median } from "../measure.ts";

const KINDS = ["node", "protocol", "streams"] as const;
const COUNT = 5_000;
const WARM_UP = 100;
const GIB = 2 ** 30;

type Kind = (typeof KINDS)[number];

/** Of one connection, in bytes; and how many fit in a GiB of the server's process. */
export interface Memory {
  readonly heap: number;
  readonly rss: number;
  readonly perGiB: number;
}
export type ConnectionFigures = { readonly connections: Record<Kind, Memory> };

export interface ConnectionChoice {
  readonly rounds: number;
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
  progress(text: string): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Each kind in a process of its own, in each round. The median of each counts. */
export async function connections(choice: ConnectionChoice): Promise<ConnectionFigures> {
  const found: Record<Kind, [heap: number, rss: number][]> = { node: [], protocol: [], streams: [] };
  for (let round = 0; round < choice.rounds; round += 1) {
    for (const kind of KINDS) {
      choice.progress(`round ${round + 1}/${choice.rounds}  connections ${kind}`);
      found[kind].push(await measureKind(kind, choice.condition));
    }
  }
  const figure = (kind: Kind): Memory => {
    const [heap, rss] = [0, 1].map((i) => Math.round(median(found[kind].map((pair) => pair[i] as number))));
    return { heap: heap as number, rss: rss as number, perGiB: Math.floor(GIB / (rss as number)) };
  };
  return { connections: { node: figure("node"), protocol: figure("protocol"), streams: figure("streams") } };
}

/** Bytes of the heap and of the process for each connection. Some come and go before, for what is made only once. */
export async function measureKind(
  kind: Kind,
  condition: readonly string[],
  servers = here("../echo/servers.ts"),
): Promise<[heap: number, rss: number]> {
  const server = start(["--expose-gc", ...condition, servers, kind], "ipc");
  try {
    const port = await firstLine(server);
    await idle(port, WARM_UP, async () => {});
    await new Promise((resolve) => setTimeout(resolve, 300)); // they are gone
    const before = await memory(server);
    const after = await idle(port, COUNT, () => memory(server));
    return [(after.heapUsed - before.heapUsed) / COUNT, (after.rss - before.rss) / COUNT];
  } finally {
    server.kill();
  }
}

/** What `look` sees while that many connections are open. */
async function idle<T>(port: string, count: number, look: () => Promise<T>): Promise<T> {
  const client = start([here("client.ts"), port, String(count)]);
  try {
    await firstLine(client);
    return await look();
  } finally {
    client.removeAllListeners("exit").kill();
    await once(client, "close");
  }
}

/** After a collection of garbage. */
async function memory(server: ChildProcess): Promise<NodeJS.MemoryUsage> {
  const answer = once(server, "message");
  server.send("memory");
  const [usage] = await answer;
  return usage as NodeJS.MemoryUsage;
}

/** Bytes a connection, in brackets the ratio to raw node:net. */
export function connectionsTable({ connections: row }: ConnectionFigures): string {
  const lines = [["connections", "heap, bytes each", "process, bytes each", "fit in a GiB"]];
  for (const kind of KINDS) {
    const { heap, rss, perGiB } = row[kind];
    const cell = (bytes: number, raw: number): string => `${bytes} (${(bytes / raw).toFixed(2)})`;
    lines.push([kind, cell(heap, row.node.heap), cell(rss, row.node.rss), perGiB.toLocaleString("en-US")]);
  }
  const text = lines.map(([name = "", ...cells]) => name.padEnd(12) + cells.map((cell) => cell.padStart(22)).join(""));
  return [
    ...text,
    `${COUNT} connections to an echo server, each used once. In brackets: the ratio to raw node:net.`,
  ].join("\n");
}
