/** The workload `http`: requests a second over loopback, beside the same server by hand. */
import { execFile, execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { firstLine, start } from "../child.ts";
import { median } from "../measure.ts";

/** What is compared: by hand, ours, the ratio that ours is held to, and servers that are only shown. */
const ROWS = {
  "hello, Response": { by: "srvx", ours: "serve", target: 0.9, beside: ["node", "fastify", "hono"] },
  "hello, FastResponse": { by: "srvx-fast", ours: "serve-fast", target: 0.85, beside: [] },
  "an await, FastResponse": { by: "srvx-await", ours: "serve-await", target: 0.85, beside: [] },
  "toHandler in fastify": { by: "fastify", ours: "fastify-toHandler", target: 0.9, beside: [] },
  "toHandler in fastify, an await": { by: "fastify-await", ours: "fastify-toHandler-await", target: 0.9, beside: [] },
} as const;

/** Measurements of each server a round: many short ones, for a machine is slower at one time than at another. */
const SAMPLES = 3;
const CONNECTIONS = 20;
/**
 * A server beside itself: where that is farther from 1, the machine has done other things, and the row says nothing.
 */
const CONTROL = { least: 0.95, most: 1.05 };

interface Load {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p99: number;
}

interface Row {
  /** Requests a second by hand. */
  readonly byHand: number;
  /** Ratios to it, of requests a second and of the 99th percentile of their time. */
  readonly control: Load;
  readonly ours: Load;
  readonly beside: Readonly<Record<string, Load>>;
}

export type HttpFigures = Record<string, Row>;

export interface HttpChoice {
  readonly rounds: number;
  /** Seconds of each measurement. */
  readonly seconds: number;
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
  progress(text: string): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function http(choice: HttpChoice): Promise<HttpFigures> {
  const figures: HttpFigures = {};
  for (const [name, row] of Object.entries(ROWS)) figures[name] = await measureRow(name, row, choice);
  return figures;
}

/** The servers of a row live through all of its samples, and take turns in an order that changes. */
async function measureRow(name: string, row: (typeof ROWS)[keyof typeof ROWS], choice: HttpChoice): Promise<Row> {
  const kinds = [row.by, row.by, row.ours, ...row.beside];
  const servers = kinds.map((kind) => start([...choice.condition, here("servers.ts"), kind]));
  try {
    const ports = await Promise.all(servers.map(firstLine));
    const found: Load[][] = kinds.map(() => []);
    for (const port of ports) await load(port, 2 * choice.seconds); // to warm up
    const samples = choice.rounds * SAMPLES;
    for (let sample = 0; sample < samples; sample += 1) {
      for (let turn = 0; turn < kinds.length; turn += 1) {
        const index = sample % 2 === 0 ? turn : kinds.length - 1 - turn;
        choice.progress(`${sample + 1}/${samples}  http: ${name}, ${kinds[index]}`);
        found[index]?.push(await load(ports[index] as string, choice.seconds));
      }
    }
    const [first = [], control = [], ours = [], ...beside] = found;
    return {
      byHand: Math.round(median(first.map(({ rate }) => rate))),
      control: ratios(control, first),
      ours: ratios(ours, first),
      beside: Object.fromEntries(row.beside.map((kind, i) => [kind, ratios(beside[i] ?? [], first)])),
    };
  } finally {
    for (const server of servers) server.kill();
  }
}

/** Each sample beside that of the first in the same turn: a machine that does other things too is slow for both. */
function ratios(list: readonly Load[], first: readonly Load[]): Load {
  const ratio = (key: keyof Load): number =>
    Number(median(list.map((load, i) => load[key] / (first[i] as Load)[key])).toPrecision(3));
  return { rate: ratio("rate"), p99: ratio("p99") };
}

const hasWrk = ((): boolean => {
  try {
    execFileSync("wrk", ["-v"], { stdio: "ignore" });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT"; // it ends with 1 after its version
  }
})();

async function load(port: string, seconds: number): Promise<Load> {
  if (!hasWrk)
    return JSON.parse(await output(process.execPath, [here("client.ts"), port, String(CONNECTIONS), String(seconds)]));
  const url = `http://127.0.0.1:${port}/`;
  const text = await output("wrk", [
    "-t1",
    `-c${CONNECTIONS}`,
    `-d${Math.max(1, Math.round(seconds))}s`,
    "--latency",
    url,
  ]);
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`wrk: ${text}`);
  const [, rate] = /Requests\/sec:\s+([\d.]+)/.exec(text) ?? [];
  const [, p99, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(text) ?? [];
  return { rate: Number(rate), p99: Number(p99) * { us: 0.001, ms: 1, s: 1000 }[unit as "us"] };
}

function output(program: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { encoding: "utf8" }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
}

export function httpTable(figures: HttpFigures): string {
  const lines = [
    `| requests a second over loopback, ${CONNECTIONS} connections, ${hasWrk ? "by wrk" : "by a client of Node's, which has not the speed of wrk"} | by hand | control | tsyncio | held to | p99 | beside, as ratios to the first |`,
    "| --- | --- | --- | --- | --- | --- | --- |",
  ];
  for (const [name, { byHand, control, ours, beside }] of Object.entries(figures)) {
    const { target } = ROWS[name as keyof typeof ROWS];
    const quiet = control.rate >= CONTROL.least && control.rate <= CONTROL.most;
    const verdict = quiet ? (ours.rate >= target ? "met" : "MISSED") : "not said: the control differs";
    const others = Object.entries(beside).map(([kind, { rate }]) => `${kind} ${rate}`);
    const cells = [
      name,
      byHand.toLocaleString("en"),
      control.rate,
      ours.rate,
      `${target}, ${verdict}`,
      ours.p99,
      others.join(", "),
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}
