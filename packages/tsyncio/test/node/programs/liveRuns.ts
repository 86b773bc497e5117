/**
 * node --conditions=@tsyncio/source liveRuns.ts CASE: says "ready", and then gets a signal. See ../liveRuns.test.ts.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Coroutine, createTask, KeyboardInterrupt, Runner, run, sleep, toPromise } from "tsyncio";

const say = (text: string) => console.log(text);

/** Says when it waits, and when it has cleaned up. */
function* work(name: string, ready = false): Coroutine<void> {
  try {
    if (ready) say("ready");
    yield* sleep(60);
    say(`LEAK of ${name}`);
  } finally {
    yield* sleep(0.02);
    say(`${name} cleaned up`);
  }
}

const cases: Record<string, () => Promise<void>> = {
  async uncaught() {
    await run(work("main", true));
  },
  async several() {
    const runs = [run(work("first")), run(work("second"), { signals: false }), run(work("third", true))];
    const outcomes = await Promise.allSettled(runs);
    say(outcomes.map((o) => o.status === "rejected" && String(o.reason)).join());
  },
  /** Each request has a run of its own; the server itself would never end. */
  async server() {
    const server = createServer(async (_request, response) => {
      await run(work("request", true)).catch((error) => {
        if (!(error instanceof KeyboardInterrupt)) throw error;
        response.writeHead(503).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { status } = await fetch(`http://127.0.0.1:${port}/`);
    say(`answered ${status}`);
  },
  async runner() {
    await using runner = new Runner();
    await runner.run(
      (function* () {
        createTask(work("child"));
        yield* sleep(0);
        yield* work("main", true);
      })(),
    );
  },
  async none() {
    await run(work("main", true), { signals: false });
  },
  async term() {
    await run(work("main", true), { signals: ["SIGTERM", "SIGINT"] });
  },
  async native() {
    await toPromise(work("native", true));
  },
  /** The program listens itself, and lets the run handle the signal all the same. */
  async asked() {
    process.on("SIGINT", () => say("the program's own listener"));
    await run(work("main", true), { signals: ["SIGINT"] });
  },
};

const main = cases[process.argv[2] ?? ""];
if (main === undefined) throw new Error("which case?");
await main();
