/** What one row measures of one side. Lower is better in all of them. */
import { join } from "node:path";
import { figureOf, firstLine, start } from "../child.ts";
import { measureKind } from "../connections/main.ts";
import { HEAP, requests, SIZES } from "../echo/main.ts";
import type { Outcome } from "../measure.ts";
import { workloads } from "../workloads.ts";
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

export const rows: readonly Row[] = [
  ...workloads.flatMap(({ name, count, plainTarget }): Row[] => {
    const row = (label: string, system: string): Row => ({
      name: label,
      unit: name === "memory" ? "bytes" : "ns",
      async measure(side) {
        const order = JSON.stringify({ ...PACE, workload: name, count });
        const line = await firstLine(start(["--expose-gc", join(side.bench, "systems", `${system}.ts`), order]));
        return (JSON.parse(line) as Outcome).value;
      },
    });
    const flat = row(name, "tsyncio");
    return plainTarget === undefined ? [flat] : [flat, row(`${name}-plain`, "tsyncio-plain")];
  }),
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
            const port = await firstLine(server);
            await requests(port, size, SECONDS); // to warm up
            return 1e9 / (await requests(port, size, SECONDS));
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
