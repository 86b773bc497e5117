/** A client where there is no wrk: client.ts PORT CONNECTIONS SECONDS. Raw node:net; prints { rate, p99 }. */
import { connect } from "node:net";

const [port = 0, connections = 0, seconds = 0] = process.argv.slice(2).map(Number);
const REQUEST = `GET / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`;
const times: number[] = [];

/** Sends a request, waits for all of the answer, and again. */
function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let heard = "";
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => {
      ask();
      resolve();
    });
    const ask = (): void => {
      heard = "";
      sent = performance.now();
      socket.write(REQUEST);
    };
    socket.setEncoding("latin1");
    socket.on("data", (data) => {
      heard += data;
      if (!isWhole(heard)) return;
      times.push(performance.now() - sent);
      ask();
    });
    socket.on("error", reject);
  });
}

function isWhole(answer: string): boolean {
  const head = answer.indexOf("\r\n\r\n");
  if (head < 0) return false;
  const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(answer) ?? [];
  return length === undefined ? answer.endsWith("0\r\n\r\n") : answer.length === head + 4 + Number(length);
}

const pause = (s: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, s * 1000));

await Promise.all(Array.from({ length: connections }, open));
await pause(seconds / 4); // to warm up
times.length = 0;
const begun = performance.now();
await pause(seconds);
const rate = (times.length * 1000) / (performance.now() - begun);
times.sort((a, b) => a - b);
console.log(JSON.stringify({ rate, p99: times[Math.floor(times.length * 0.99)] }));
process.exit(0);
