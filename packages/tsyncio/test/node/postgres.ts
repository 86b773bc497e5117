/**
 * A server that speaks as much of PostgreSQL's protocol as the driver `pg` needs for simple queries and their
 * cancellation.
 */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

const PROTOCOL = 196_608;
const CANCEL = 80_877_102;
const FIRST_KEY = 1000;

interface Session {
  readonly key: number;
  /** The statement that runs, if one does. */
  cancel: (() => void) | null;
}

/** `select pg_sleep(…)` runs until it is cancelled; any other statement is answered with its own text. */
export class PostgresServer {
  readonly statements: string[] = [];
  /** How many requests to cancel are to come before the query that they mean has begun, and so cancel nothing. */
  early = 0;
  /** What a client must send; null: nothing is asked for. */
  password: string | null = null;
  private readonly server: Server = createServer((socket) => this.connected(socket));
  private readonly sessions = new Map<number, Session>();
  private readonly sockets = new Set<Socket>();

  async start(): Promise<number> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this.port;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** How many are open. */
  get connections(): number {
    return this.sockets.size;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  /** What `PQcancel` does; resolved when the server has taken the request, and has closed the connection. */
  async cancelRequest(pid: number, key: number): Promise<void> {
    const socket = connect(this.port, "127.0.0.1");
    socket.end(integers(16, CANCEL, pid, key)).resume();
    await once(socket, "close");
  }

  private connected(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("error", () => {}).on("close", () => this.sockets.delete(socket));
    let buffered = Buffer.alloc(0);
    let session: Session | null = null;
    socket.on("data", (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      if (session === null) {
        if (buffered.length < 8 || buffered.length < buffered.readInt32BE(0)) return;
        const message = buffered.subarray(0, buffered.readInt32BE(0));
        buffered = buffered.subarray(message.length);
        session = this.begin(socket, message);
      }
      while (session !== null && buffered.length >= 5 && buffered.length > buffered.readInt32BE(1)) {
        const length = buffered.readInt32BE(1) + 1;
        const type = String.fromCharCode(buffered[0] as number);
        if (type === "p" && buffered.toString("utf8", 5, length - 1) === this.password) this.ready(socket, session);
        if (type === "Q") this.query(socket, session, buffered.toString("utf8", 5, length - 1));
        if (type === "X") socket.end();
        buffered = buffered.subarray(length);
      }
    });
  }

  private begin(socket: Socket, message: Buffer): Session | null {
    if (message.readInt32BE(4) === CANCEL) {
      const session = this.sessions.get(message.readInt32BE(8));
      if (this.early > 0) this.early--;
      else if (session?.key === message.readInt32BE(12)) session.cancel?.();
      socket.end();
      return null;
    }
    if (message.readInt32BE(4) !== PROTOCOL) throw new Error("a startup message was expected");
    const pid = this.sessions.size + 1;
    const session: Session = { key: FIRST_KEY + pid, cancel: null };
    this.sessions.set(pid, session);
    if (this.password === null) this.ready(socket, session);
    else socket.write(tagged("R", integers(3)));
    return session;
  }

  private ready(socket: Socket, { key }: Session): void {
    const begun = [tagged("R", integers(0)), tagged("K", integers(key - FIRST_KEY, key)), READY];
    socket.write(Buffer.concat(begun));
  }

  private query(socket: Socket, session: Session, statement: string): void {
    this.statements.push(statement);
    if (statement.includes("pg_sleep")) {
      session.cancel = () => {
        session.cancel = null;
        const fields = "SERROR\0C57014\0Mcanceling statement due to user request\0\0";
        socket.write(Buffer.concat([tagged("E", Buffer.from(fields)), READY]));
      };
      return;
    }
    const name = Buffer.from("text\0");
    const column = Buffer.concat([
      short(1),
      name,
      integers(0),
      short(0),
      integers(25),
      short(-1),
      integers(-1),
      short(0),
    ]);
    const value = Buffer.from(statement);
    const row = Buffer.concat([short(1), integers(value.length), value]);
    socket.write(Buffer.concat([tagged("T", column), tagged("D", row), tagged("C", Buffer.from("SELECT 1\0")), READY]));
  }
}

function integers(...values: number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) buffer.writeInt32BE(value, 4 * i);
  return buffer;
}

function short(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
}

function tagged(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), integers(body.length + 4), body]);
}

const READY = tagged("Z", Buffer.from("I"));
