/** What one row measures of one side. Lower is better in all of them. */
import { join } from "node:path";
import { figureOf, firstLine, start } from "../child.ts";
import { measureKind } from "../connections/main.ts";
import { HEAP, requests, SIZES } from "../echo/main.ts";
import type { Outcome } from "../measure.ts";
import { runsIn, type Workload, workloads } from "../workloads.ts";
import type { Side } from "./sides.ts";

export interface Row {
  readonly name: string;
  readonly unit: "ns" | "bytes";
  measure(side: Side): Promise<number>;
}

/**
 * Many short processes tell more than a few long ones: what the compiler and the collector do differs between
 * processes.
 */
const PACE = { warmUp: 300, repeats: 3, repeatAtLeast: 100 };
const SECONDS = 0.5;

const row = ({ name, count }: Workload, system: string): Row => ({
  name: system === "tsyncio-plain" ? `${name}-plain` : name,
  unit: name === "memory" ? "bytes" : "ns",
  async measure(side) {
    const order = JSON.stringify({ ...PACE, workload: name, count });
    const line = await firstLine(start(["--expose-gc", ...side.program(system), order]));
    return (JSON.parse(line) as Outcome).value;
  },
});

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
      measure: async (side) => 1e9 / (await figureOf([join(side.bench, "explore", "schedules.ts"), kind, "3", "100"])),
    }),
  ),
  ...Object.entries(SIZES).flatMap(([name, size]) =>
    (["protocol", "streams"] as const).map(
      (kind): Row => ({
        name: `${name}-${kind}`,
        unit: "ns",
        async measure(side) {
          const server = start([...HEAP, join(side.bench, "echo", "servers.ts"), kind]);
          try {
            const [rate = 0] = await requests([await firstLine(server)], size, SECONDS);
            return 1e9 / rate;
          } finally {
            server.kill();
          }
        },
      }),
    ),
  ),
  ...(["protocol", "streams"] as const).map(
    (kind): Row => ({
      name: `connections-${kind}`,
      unit: "bytes",
      measure: async (side) => (await measureKind(kind, [], join(side.bench, "echo", "servers.ts")))[0],
    }),
  ),
  {
    name: "offload",
    unit: "ns",
    measure: async (side) => 1e9 / (await figureOf([join(side.bench, "offload", "pools.ts"), "tsyncio", "10000", "3"])),
  },
];
