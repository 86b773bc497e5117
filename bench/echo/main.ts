/** The workload `echo`: requests a second over loopback, beside raw node:net. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "../measure.ts";

const SIZES = { "echo-1k": 1024, "echo-10k": 10 * 1024, "echo-100k": 100 * 1024 } as const;
const KINDS = ["protocol", "streams", "node"] as const;
/** Measurements of each kind a round: many short ones, for a machine is slower at one time than at another. */
const SAMPLES = 3;
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

/** The kinds take turns, in an order that changes. The median of each counts. */
export async function echo(choice: EchoChoice): Promise<EchoFigures> {
  const figures: EchoFigures = {};
  for (const [name, size] of Object.entries(SIZES)) {
    const found: Record<Kind, number[]> = { protocol: [], streams: [], node: [] };
    for (let sample = 0; sample < choice.rounds * SAMPLES; sample += 1) {
      const first = sample % KINDS.length;
      for (const kind of [...KINDS.slice(first), ...KINDS.slice(0, first)]) {
        choice.progress(`${sample + 1}/${choice.rounds * SAMPLES}  ${name} ${kind}`);
        found[kind].push(await requests(kind, size, choice));
      }
    }
    const row = {} as Record<Kind, number>;
    for (const kind of KINDS) row[kind] = Number(median(found[kind]).toPrecision(4));
    figures[name] = row;
  }
  return figures;
}

/** Requests a second of one server, both ends being processes of their own. */
async function requests(kind: Kind, size: number, choice: EchoChoice): Promise<number> {
  const server = start([...choice.condition, here("servers.ts"), kind]);
  try {
    const port = await firstLine(server);
    const client = start([here("client.ts"), port, String(size), String(CONNECTIONS), String(choice.seconds)]);
    return Number(await firstLine(client));
  } finally {
    server.kill();
  }
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, args, { env: {}, stdio: ["ignore", "pipe", "inherit"] });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) resolve(text.split("\n")[0] as string);
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`echo: ended with exit code ${code}`)));
  });
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
