/**
 * The clients of the WebSocket servers: client.ts PORT PATH CONNECTIONS IN_FLIGHT SECONDS. Raw node:net, with frames
 * that were made before, so that the server is what is measured; prints messages a second. On the path /broadcast one
 * client sends, and goes on when all have got the message.
 */
import { connect, type Socket } from "node:net";

const [port = "", path = "", ...numbers] = process.argv.slice(2);
const [connections = 0, inFlight = 0, seconds = 0] = numbers.map(Number);
const SIZE = 1024;
/** Masked with zeros, which is a mask like any other. */
const request = Buffer.concat([
  Buffer.from([0x81, 0x80 | 126, SIZE >> 8, SIZE & 255, 0, 0, 0, 0]),
  Buffer.alloc(SIZE, "x"),
]);
const ANSWER = 4 + SIZE;
let done = 0;
/** How many clients have not yet got what was broadcast. */
let missing = 0;

const isEcho = path === "/echo";
const sockets: Socket[] = [];

function next(socket: Socket, count: number): void {
  done += count;
  if (isEcho) for (let i = 0; i < count; i++) socket.write(request);
  else {
    missing -= count;
    if (missing === 0) send();
  }
}

function send(): void {
  missing = connections * inFlight;
  for (let i = 0; i < inFlight; i++) sockets[0]?.write(request);
}

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    let isOpen = false;
    let received = 0;
    socket.on("data", (data) => {
      if (!isOpen) {
        isOpen = true;
        sockets.push(socket);
        resolve();
        return;
      }
      received += data.length;
      const count = Math.floor(received / ANSWER);
      received -= count * ANSWER;
      if (count > 0) next(socket, count);
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the server has closed a connection")));
  });
}

const pause = (s: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, s * 1000));

for (let i = 0; i < connections; i += 50) {
  await Promise.all(Array.from({ length: Math.min(50, connections - i) }, open));
}
if (isEcho) for (const socket of sockets) for (let i = 0; i < inFlight; i++) socket.write(request);
else send();
await pause(seconds / 4); // to warm up
const begun = performance.now();
const before = done;
await pause(seconds);
console.log(((done - before) * 1000) / (performance.now() - begun));
process.exit(0);
