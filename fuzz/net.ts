/** The net fuzzer: real connections, random programs at both ends. */

import { type Coroutine, gather, newEventLoop, run } from "tsyncio";
import { type Certificates, makeCertificates } from "../packages/tsyncio/test/node/net/certificates.ts";
import type { Fuzzer, FuzzRun } from "./fuzzer.ts";
import { connection } from "./netConnection.ts";

/** How many connections are open at once. */
const WIDTH = 8;
/** Seconds that a timer may be late on a loaded machine. */
const LATEST = 10;
const HANDLES = /^(?:TCP|TLS|Pipe)\w*Wrap$/;

export const net: Fuzzer = {
  name: "net",
  what: "connections over TCP, TLS and unix sockets: what arrives was sent, each ends once, nothing is left, timers fire",
  cases: "connections",
  short: 80,
  run: fuzz,
};

async function fuzz({ seed: first, seconds, count, begin, report }: FuzzRun): Promise<number> {
  const end = performance.now() + seconds * 1000;
  const certificates = makeCertificates();
  let ran = 0;
  let seed = first;
  const unhandled = (error: unknown): void => report({ seed, what: "an unhandled rejection", error });
  process.on("unhandledRejection", unhandled);
  try {
    while (ran < count && performance.now() < end) {
      const seeds = Array.from({ length: Math.min(WIDTH, count - ran) }, (_, i) => first + ran + i);
      ran += seeds.length;
      seed = seeds[0] as number;
      begin(seed);
      await batch(seeds, certificates, report);
    }
  } finally {
    process.off("unhandledRejection", unhandled);
    certificates.remove();
  }
  return ran;
}

/** Some connections side by side. */
async function batch(seeds: readonly number[], certificates: Certificates, report: FuzzRun["report"]): Promise<void> {
  const [first] = seeds as [number];
  const before = openHandles();
  let last = performance.now();
  let latest = 0;
  const beat = setInterval(() => {
    latest = Math.max(latest, performance.now() - last);
    last = performance.now();
  }, 20);
  const one = function* (seed: number): Coroutine<void> {
    for (const what of yield* connection(seed, certificates)) report({ seed, what });
  };
  await run(gatherAll(seeds.map(one)), {
    loopFactory: () => {
      const loop = newEventLoop();
      loop.setExceptionHandler((_loop, { message, exception }) =>
        report({ seed: first, what: `the loop has reported: ${message}`, error: exception }),
      );
      return loop;
    },
  });
  clearInterval(beat);
  latest = Math.max(latest, performance.now() - last);
  if (latest > LATEST * 1000) report({ seed: first, what: `a timer came ${(latest / 1000).toFixed(1)} s late` });
  if (!(await settled(before))) report({ seed: first, what: `${openHandles() - before} sockets are left open` });
}

function* gatherAll(all: readonly Coroutine<void>[]): Coroutine<void> {
  yield* gather(...all);
}

function openHandles(): number {
  return process.getActiveResourcesInfo().filter((name) => HANDLES.test(name)).length;
}

/** Closed sockets go in a few turns of the platform. */
async function settled(before: number): Promise<boolean> {
  for (let i = 0; i < 500; i++) {
    if (openHandles() <= before) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}
