/** A Redis server of one's own: on loopback, with a password. */

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { Redis } from "ioredis";

export const PASSWORD = "not-for-errors";

export interface RedisServerOptions {
  /** Where it keeps its data; without one in memory only. */
  readonly folder?: string;
  /** When what is written goes to the disk. */
  readonly fsync?: "always" | "everysec";
  /** Speaks TLS only: the paths of its certificate and key, and the text of what signed it. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
}

export class RedisServer {
  readonly port: number;
  private readonly options: RedisServerOptions;
  private child: ChildProcess | null = null;

  private constructor(port: number, options: RedisServerOptions) {
    this.port = port;
    this.options = options;
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.run();
    return server;
  }

  get url(): string {
    return `${this.options.tls === undefined ? "redis" : "rediss"}://:${PASSWORD}@127.0.0.1:${this.port}`;
  }

  async run(): Promise<void> {
    const { folder, fsync = "always", tls } = this.options;
    const args = ["--bind", "127.0.0.1", "--requirepass", PASSWORD, "--save", ""];
    if (folder !== undefined) args.push("--dir", folder, "--appendonly", "yes", "--appendfsync", fsync);
    if (tls === undefined) args.push("--port", `${this.port}`);
    else {
      args.push("--port", "0", "--tls-port", `${this.port}`, "--tls-cert-file", tls.cert, "--tls-key-file", tls.key);
      args.push("--tls-auth-clients", "no");
    }
    const child = spawn("redis-server", args, { stdio: ["ignore", "ignore", "inherit"] });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", () => {
        reject(new Error("this needs Redis, which it starts itself: apt-get install redis-server"));
      });
    });
    const client = this.client();
    // One that still reads its file answers with an error.
    for (;;) {
      if (await client.ping().then(Boolean, () => false)) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    client.disconnect();
  }

  client(): Redis {
    const { tls } = this.options;
    const options = { password: PASSWORD, maxRetriesPerRequest: null, retryStrategy: () => 20 };
    const secure = tls === undefined ? null : { tls: { ca: tls.ca, checkServerIdentity: () => undefined } };
    const client = new Redis(this.port, "127.0.0.1", { ...options, ...secure });
    client.on("error", () => {}); // it does not listen yet
    return client;
  }

  /** As a crash. */
  async halt(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  stop(): Promise<void> {
    return this.halt();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
