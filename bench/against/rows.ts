/** What one row measures of two sides. Lower is better in all of them. */
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { figureOf, firstLine, nextMessage, start, withServers } from "../child.ts";
import { measureKind } from "../connections/main.ts";
import { HEAP, requests, SIZES } from "../echo/main.ts";
import { median, type Outcome } from "../measure.ts";
import { type Measured, oneByOne } from "../pairs.ts";
import { runsIn, type Workload, workloads } from "../workloads.ts";
import type { Side } from "./sides.ts";

type Sides = readonly [Side, Side];

export interface Row {
  readonly name: string;
  readonly unit: "ns" | "bytes";
  /** `pair` is its number. */
  measure(sides: Sides, pair: number): Promise<Measured>;
}

/**
 * Many short processes tell more than a few long ones: what the compiler and the collector do differs between
 * processes. The two of a pair take turns ten times: a machine that is slower for a second is slower for both.
 */
const PACE = { warmUp: 300, repeats: 1, repeatAtLeast: 40 };
const TURNS = 10;
const SECONDS = 1;

const row = (workload: Workload, system: string): Row => ({
  name: system === "tsyncio-plain" ? `${workload.name}-plain` : workload.name,
  unit: workload.name === "memory" ? "bytes" : "ns",
  measure: (sides, pair) => (workload.name === "memory" ? memory : inTurn)(workload, system, sides, pair),
});

const program = ({ name, count }: Workload, system: string, side: Side): readonly string[] => [
  "--expose-gc",
  ...side.program(system),
  JSON.stringify({ ...PACE, workload: name, count }),
];

function memory(workload: Workload, system: string, sides: Sides, pair: number): Promise<Measured> {
  const measure = async (side: Side): Promise<number> =>
    (JSON.parse(await firstLine(start(program(workload, system, side)))) as Outcome).value;
  return oneByOne(pair, measure, sides);
}

async function inTurn(workload: Workload, system: string, sides: Sides): Promise<Measured> {
  const children = sides.map((side) => start(program(workload, system, side), "ipc"));
  try {
    await Promise.all(children.map(nextMessage)); // warm
    const found: number[][] = children.map(() => []);
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const index of turn % 2 === 0 ? [0, 1] : [1, 0]) {
        const answer = nextMessage(children[index] as ChildProcess);
        children[index]?.send("");
        found[index]?.push((await answer) as number);
      }
    }
    const [ours = [], theirs = []] = found;
    const other = median(theirs);
    return [other * median(ours.map((figure, i) => figure / (theirs[i] as number))), other];
  } finally {
    for (const child of children) child.kill();
  }
}

const explorer = (bench: string): string[] => [join(bench, "explore", "schedules.ts")];
const pools = (bench: string): string[] => [join(bench, "offload", "pools.ts")];
const echoServer = (bench: string): string => join(bench, "echo", "servers.ts");

/** Those that native syntax has too. */
export const syntaxRows: readonly Row[] = workloads
  .filter((workload) => runsIn("tsyncio-native", workload))
  .map((workload) => row(workload, "tsyncio"));

export const rows: readonly Row[] = [
  ...workloads.flatMap((workload) => [
    row(workload, "tsyncio"),
    ...(workload.plainTarget === undefined ? [] : [row(workload, "tsyncio-plain")]),
  ]),
  ...["tsyncio", "tsyncio-random", "tsyncio-any"].map(
    (kind): Row => ({
      name: kind.replace("tsyncio", "explore"),
      unit: "ns",
      measure: (sides, pair) =>
        oneByOne(pair, async ({ bench }) => 1e9 / (await figureOf([...explorer(bench), kind, "3", "100"])), sides),
    }),
  ),
  ...Object.entries(SIZES).flatMap(([name, size]) =>
    (["protocol", "streams"] as const).map(
      (kind): Row => ({
        name: `${name}-${kind}`,
        unit: "ns",
        async measure(sides) {
          const servers = sides.map(({ bench }) => start([...HEAP, echoServer(bench), kind]));
          const [ours = 0, theirs = 0] = await withServers(servers, (ports) => requests(ports, size, SECONDS));
          return [1e9 / ours, 1e9 / theirs];
        },
      }),
    ),
  ),
  ...(["protocol", "streams"] as const).map(
    (kind): Row => ({
      name: `connections-${kind}`,
      unit: "bytes",
      measure: (sides, pair) =>
        oneByOne(pair, async ({ bench }) => (await measureKind(kind, [], echoServer(bench)))[0], sides),
    }),
  ),
  {
    name: "offload",
    unit: "ns",
    measure: (sides, pair) =>
      oneByOne(pair, async ({ bench }) => 1e9 / (await figureOf([...pools(bench), "tsyncio", "10000", "3"])), sides),
  },
];
