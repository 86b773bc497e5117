/** A PostgreSQL server of one's own: a new cluster in a temporary folder, on loopback, with a password. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

export const PASSWORD = "not-for-errors";
const USER = "tester";

/** Where Debian has `initdb` and `postgres`, or those of the PATH; null without them. */
export function findPostgres(): string | null {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, "bin")), ...(process.env.PATH ?? "").split(":")];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres"))) ?? null;
}

/** PostgreSQL refuses to run as root. */
function otherUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string): number => Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

export class Postgres {
  readonly port: number;
  private readonly bin: string;
  private readonly folder: string;
  private readonly user = otherUser();
  private child: ChildProcess | null = null;

  private constructor(bin: string, port: number) {
    this.bin = bin;
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), "tsyncio-postgres-"));
    const password = join(this.folder, "password");
    writeFileSync(password, PASSWORD);
    mkdirSync(this.data);
    this.own(this.folder, this.data, password);
    execFileSync(
      join(bin, "initdb"),
      ["-D", this.data, "-U", USER, "--auth=scram-sha-256", `--pwfile=${password}`, "-E", "UTF8", "--no-sync"],
      { ...this.user, cwd: this.folder, stdio: "pipe" },
    );
  }

  /** With a certificate it speaks TLS to clients that ask for it. */
  static async start(certificate: { cert: string; key: string } | null = null): Promise<Postgres> {
    const bin = findPostgres();
    if (bin === null) {
      throw new Error("this needs PostgreSQL, which it starts itself: apt-get install postgresql");
    }
    const server = new Postgres(bin, await freePort());
    if (certificate !== null) server.enableTls(certificate);
    await server.run();
    return server;
  }

  get options() {
    return { host: "127.0.0.1", port: this.port, user: USER, password: PASSWORD, database: "postgres" };
  }

  get connectionString(): string {
    return `postgres://${USER}:${PASSWORD}@127.0.0.1:${this.port}/postgres`;
  }

  get data(): string {
    return join(this.folder, "data");
  }

  /** Makes files and folders the server's. */
  own(...paths: string[]): void {
    const { uid, gid } = this.user;
    if (uid !== undefined) for (const path of paths) chownSync(path, uid, gid as number);
  }

  private enableTls({ cert, key }: { cert: string; key: string }): void {
    for (const [name, text] of Object.entries({ "server.crt": cert, "server.key": key })) {
      const path = join(this.data, name);
      writeFileSync(path, text, { mode: 0o600 });
      this.own(path);
    }
    writeFileSync(join(this.data, "postgresql.auto.conf"), "ssl = on\n");
  }

  async run(): Promise<void> {
    const settings = {
      listen_addresses: "127.0.0.1",
      port: String(this.port),
      unix_socket_directories: this.folder,
      fsync: "off",
      max_connections: "300",
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = spawn(join(this.bin, "postgres"), ["-D", this.data, ...args], { ...this.user, stdio: "pipe" });
    let log = "";
    child.stderr.on("data", (text) => {
      log = (log + text).slice(-5000);
    });
    child.stdout.resume();
    this.child = child;
    while (!(await this.answers())) {
      if (child.exitCode !== null) throw new Error(`PostgreSQL has not started: ${log}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends all connections, by "fast" shutdown, or as a crash does it. */
  async halt(how: "SIGINT" | "SIGQUIT" = "SIGINT"): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(how);
    await ended;
  }

  async stop(): Promise<void> {
    await this.halt("SIGQUIT");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<boolean> {
    const client = new pg.Client(this.options);
    client.on("error", () => {});
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end();
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A look from outside, on a connection of its own. */
export class Observer {
  private readonly client: pg.Client;

  constructor(server: Postgres) {
    this.client = new pg.Client({ ...server.options, application_name: "observer" });
    this.client.on("error", () => {});
  }

  async connect(): Promise<this> {
    await this.client.connect();
    return this;
  }

  /** The other sessions: what each does, and its last query. */
  async sessions(): Promise<{ pid: number; state: string; query: string }[]> {
    const { rows } = await this.client.query(
      "select pid, state, query from pg_stat_activity where backend_type = 'client backend' and application_name <> 'observer'",
    );
    return rows;
  }

  async query(text: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
    return (await this.client.query(text, values)).rows;
  }

  async end(): Promise<void> {
    await this.client.end();
  }
}
