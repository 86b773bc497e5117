/** Requests that come before their connection has answered those before them. */

import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sleep } from "tsyncio";
import { expect, test } from "vitest";
import { served, until } from "./support.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const BATCH = 50;
/** Bytes of the heap that one request may cost as long as its connection lives. */
const ALLOWED = 300;

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test("thousands of them on one connection leave the heap as it was, while the connection lives", () =>
  served(
    function* () {
      yield* sleep(0.0005);
      return new Response("ok");
    },
    function* (server) {
      const client = connect(server.port, "127.0.0.1");
      let answers = 0;
      client.on("data", (data) => {
        answers += String(data).split("HTTP/1.1 200").length - 1;
      });
      let asked = 0;
      function* ask(batches: number) {
        for (let i = 0; i < batches; i++) {
          client.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(BATCH));
          asked += BATCH;
          yield* until(() => answers === asked);
        }
      }
      yield* ask(20);
      const costs: number[] = [];
      for (let i = 0; i < 3; i++) {
        const before = heapUsed();
        yield* ask(40);
        costs.push((heapUsed() - before) / (40 * BATCH));
      }
      // The engine keeps something for good now and then; a leak costs each time.
      expect(Math.min(...costs)).toBeLessThan(ALLOWED);
      client.destroy();
    },
  ));
