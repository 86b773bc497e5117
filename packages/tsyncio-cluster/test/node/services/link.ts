/** A way to a server on loopback, which can be cut and healed. */

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export class Link {
  private readonly server: Server;
  private readonly target: number;
  /** Each with that to which it sends on. */
  private readonly sockets = new Map<Socket, Socket>();
  /** Of those, the ones that lead to the server. */
  private readonly servers = new Set<Socket>();
  private cutHow: "silent" | "reset" | null = null;
  private accepted = 0;
  private breaking = 0;

  private constructor(target: number) {
    this.target = target;
    this.server = createServer((socket) => this.accept(socket));
  }

  /** `host`: where it listens. */
  static async to(port: number, host = "127.0.0.1"): Promise<Link> {
    const link = new Link(port);
    await once(link.server.listen(0, host), "listening");
    return link;
  }

  /** The same URL by this way. */
  url(url: string): string {
    const { address, port } = this.server.address() as { address: string; port: number };
    return url.replace(/@[^/]+/, `@${address}:${port}`);
  }

  /** The connection with that number, from 1, breaks as soon as something has been sent on it. */
  breakOne(number: number): void {
    this.breaking = number;
  }

  /**
   * Each connection that is open now breaks in the middle of an answer, after that many bytes of it: as soon as one is
   * longer.
   */
  breakAnswers(bytes: number): void {
    for (const [socket, there] of this.sockets) {
      if (!this.servers.has(there)) continue;
      there.unpipe(socket);
      there.on("data", (chunk: Buffer) => {
        if (chunk.length <= bytes) socket.write(chunk);
        else if (!socket.writableEnded) socket.end(chunk.subarray(0, bytes));
      });
      there.resume();
    }
  }

  /** The connection that was to break has come. */
  get hasBroken(): boolean {
    return this.accepted >= this.breaking;
  }

  private accept(socket: Socket): void {
    if (++this.accepted === this.breaking) {
      socket.on("error", () => {});
      socket.once("data", () => socket.resetAndDestroy());
      return;
    }
    const there = connect(this.target, "127.0.0.1");
    this.servers.add(there);
    for (const [one, other] of [
      [socket, there],
      [there, socket],
    ] as const) {
      this.sockets.set(one, other);
      one.on("error", () => {});
      one.on("close", () => {
        this.sockets.delete(one);
        this.servers.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    if (this.cutHow === "reset") socket.resetAndDestroy();
    if (this.cutHow === "silent") this.hold();
  }

  private hold(): void {
    for (const socket of this.sockets.keys()) {
      socket.unpipe();
      socket.pause();
    }
  }

  /** "silent": nothing arrives any more, and no side is told; "reset": connections break, also new ones. */
  cut(how: "silent" | "reset"): void {
    this.cutHow = how;
    if (how === "silent") this.hold();
    else for (const socket of this.sockets.keys()) socket.resetAndDestroy();
  }

  /** What was cut silently arrives late where the connection is still there, as TCP sends it again. */
  heal(): void {
    const silent = this.cutHow === "silent";
    this.cutHow = null;
    if (silent) for (const [socket, other] of this.sockets) socket.pipe(other);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets.keys()) socket.destroy();
    this.server.close();
  }
}
