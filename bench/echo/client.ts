/**
 * The client of echo servers: client.ts SIZE CONNECTIONS SECONDS PORT…. Raw node:net; prints the requests a second of
 * each as JSON.
 */
import { connect, type Socket } from "node:net";
import { Client, ratesInTurn } from "../inTurn.ts";

const [size = 0, connections = 0, seconds = 0, ...ports] = process.argv.slice(2).map(Number);
const request = Buffer.alloc(size, "x");

class Requests extends Client {
  private readonly port: number;
  private readonly sockets: Socket[] = [];

  constructor(port: number) {
    super();
    this.port = port;
  }

  async open(): Promise<this> {
    await Promise.all(Array.from({ length: connections }, () => this.connect()));
    return this;
  }

  protected override sendFirst(): void {
    for (const socket of this.sockets) this.send(socket);
  }

  private send(socket: Socket): void {
    this.missing += 1;
    socket.write(request);
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
        if (this.answered(1)) this.send(socket);
      });
      socket.on("error", reject);
    });
  }
}

const clients = await Promise.all(ports.map((port) => new Requests(port).open()));
console.log(JSON.stringify(await ratesInTurn(clients, seconds)));
process.exit(0);
