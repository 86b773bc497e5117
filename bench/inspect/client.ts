/**
 * Sends a request every few milliseconds: client.ts PORT. When it is asked, by a message, it tells what has been since
 * the last time.
 */
import { connect } from "node:net";

const EVERY = 5;
const CONNECTIONS = 4;
const port = Number(process.argv[2]);

/** Of the requests since the last time: milliseconds each, and how many had no answer. */
export interface Answers {
  readonly count: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

let times: number[] = [];
let failed = 0;

/** A request at a time: one that is late delays the next. */
function talk(): void {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let sent = 0;
  const ask = (): void => {
    sent = performance.now();
    socket.write("a request\n");
  };
  socket.on("connect", ask);
  socket.on("data", () => {
    times.push(performance.now() - sent);
    setTimeout(ask, EVERY);
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    failed += 1;
  });
}

for (let i = 0; i < CONNECTIONS; i += 1) talk();
process.on("message", () => {
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * sorted.length)] ?? Number.NaN;
  const answers: Answers = { count: sorted.length, failed, p50: at(0.5), p99: at(0.99) };
  process.send?.(answers);
  [times, failed] = [[], 0];
});
