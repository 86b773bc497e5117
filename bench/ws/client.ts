/**
 * The clients of WebSocket servers: client.ts PATH CONNECTIONS IN_FLIGHT SECONDS PORT…. Raw node:net, with frames that
 * were made before, so that the servers are what is measured; prints the messages a second of each as JSON. On the path
 * /broadcast one client sends, and goes on when all have got the message.
 */
import { connect, type Socket } from "node:net";
import { Client, ratesInTurn } from "../inTurn.ts";

const [path = "", ...numbers] = process.argv.slice(2);
const [connections = 0, inFlight = 0, seconds = 0, ...ports] = numbers.map(Number);
const SIZE = 1024;
/** Masked with zeros, which is a mask like any other. */
const request = Buffer.concat([
  Buffer.from([0x81, 0x80 | 126, SIZE >> 8, SIZE & 255, 0, 0, 0, 0]),
  Buffer.alloc(SIZE, "x"),
]);
const ANSWER = 4 + SIZE;

class WebSockets extends Client {
  private readonly port: number;
  private readonly sockets: Socket[] = [];

  constructor(port: number) {
    super();
    this.port = port;
  }

  async open(): Promise<this> {
    for (let i = 0; i < connections; i += 50) {
      await Promise.all(Array.from({ length: Math.min(50, connections - i) }, () => this.connect()));
    }
    return this;
  }

  protected override sendFirst(): void {
    if (path === "/broadcast") this.broadcast();
    else for (const socket of this.sockets) this.send(socket, inFlight);
  }

  private send(socket: Socket, count: number): void {
    this.missing += count;
    for (let i = 0; i < count; i++) socket.write(request);
  }

  private broadcast(): void {
    this.missing = connections * inFlight;
    for (let i = 0; i < inFlight; i++) this.sockets[0]?.write(request);
  }

  private received(socket: Socket, count: number): void {
    if (!this.answered(count)) return;
    if (path !== "/broadcast") this.send(socket, count);
    else if (this.missing === 0) this.broadcast();
  }

  private connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.port, host: "127.0.0.1", noDelay: true });
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      );
      let isOpen = false;
      let received = 0;
      socket.on("data", (data) => {
        if (!isOpen) {
          isOpen = true;
          this.sockets.push(socket);
          resolve();
          return;
        }
        received += data.length;
        const count = Math.floor(received / ANSWER);
        received -= count * ANSWER;
        if (count > 0) this.received(socket, count);
      });
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the server has closed a connection")));
    });
  }
}

const clients = await Promise.all(ports.map((port) => new WebSockets(port).open()));
console.log(JSON.stringify(await ratesInTurn(clients, seconds)));
process.exit(0);
