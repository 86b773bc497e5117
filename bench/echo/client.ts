/** The client of the echo servers: client.ts PORT SIZE CONNECTIONS SECONDS. Raw node:net; prints requests a second. */
import { connect } from "node:net";

const [port = 0, size = 0, connections = 0, seconds = 0] = process.argv.slice(2).map(Number);
const request = Buffer.alloc(size, "x");
let done = 0;

/** Sends a request, waits for all of the answer, and again. */
function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => {
      socket.write(request);
      resolve();
    });
    let missing = size;
    socket.on("data", (data) => {
      missing -= data.length;
      if (missing > 0) return;
      done += 1;
      missing = size;
      socket.write(request);
    });
    socket.on("error", reject);
  });
}

const pause = (s: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, s * 1000));

await Promise.all(Array.from({ length: connections }, open));
await pause(seconds / 4); // to warm up
const begun = performance.now();
const before = done;
await pause(seconds);
console.log(((done - before) * 1000) / (performance.now() - begun));
process.exit(0);
