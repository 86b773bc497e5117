/**
 * The client of echo servers: client.ts SIZE CONNECTIONS SECONDS PORT…. Raw node:net; prints the requests a second of
 * each as JSON.
 */
import { connect, type Socket } from "node:net";
import { type Client, ratesInTurn } from "../inTurn.ts";

const [size = 0, connections = 0, seconds = 0, ...ports] = process.argv.slice(2).map(Number);
const request = Buffer.alloc(size, "x");

class Requests implements Client {
  done = 0;
  private readonly port: number;
  private readonly sockets: Socket[] = [];
  /** Requests without their answer. */
  private missing = 0;
  /** Null while it goes on. */
  private ended: (() => void) | null = () => {};

  constructor(port: number) {
    this.port = port;
  }

  async open(): Promise<this> {
    await Promise.all(Array.from({ length: connections }, () => this.connect()));
    return this;
  }

  begin(): void {
    this.ended = null;
    this.missing = this.sockets.length;
    for (const socket of this.sockets) socket.write(request);
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.ended = resolve;
    });
  }

  private answered(socket: Socket): void {
    this.done += 1;
    if (this.ended === null) socket.write(request);
    else {
      this.missing -= 1;
      if (this.missing === 0) this.ended();
    }
  }

  private connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.port, host: "127.0.0.1", noDelay: true }, () => {
        this.sockets.push(socket);
        resolve();
      });
      let missing = size;
      socket.on("data", (data) => {
        missing -= data.length;
        if (missing > 0) return;
        missing = size;
        this.answered(socket);
      });
      socket.on("error", reject);
    });
  }
}

const clients = await Promise.all(ports.map((port) => new Requests(port).open()));
console.log(JSON.stringify(await ratesInTurn(clients, seconds)));
process.exit(0);
