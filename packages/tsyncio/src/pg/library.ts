/** The libraries under this: `pg`, and for cursors `pg-cursor`. Only what is used of them. */

import { createRequire } from "node:module";
import type { Socket } from "node:net";
import type {
  ClientConfig,
  Pool as PgPool,
  PoolConfig,
  Client as PublicClient,
  Submittable,
  Connection as Wire,
} from "pg";
import { RuntimeError } from "../base/errors.ts";

/** A client of pg, with the members that its types leave out. */
export interface PgClient extends PublicClient {
  readonly connection: Wire & { readonly stream: Socket };
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly sslNegotiation?: string;
}

/** The connection under a client: what a request of cancellation needs, which is no session. */
export interface PgWire extends Wire {
  readonly stream: Socket;
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processID: number | null, secretKey: number | null): void;
}

export interface Pg {
  readonly Client: new (config: ClientConfig) => PgClient;
  readonly Connection: new (config: { ssl?: unknown; sslNegotiation?: string | undefined }) => PgWire;
  readonly Pool: new (config: PoolConfig) => PgPool;
}

/** Of pg-cursor; declared here, so that the published types do not need that package. */
export interface PgCursor extends Submittable {
  read(count: number, callback: (error: Error | undefined, rows: unknown[]) => void): void;
  close(callback: () => void): void;
}

const require = createRequire(import.meta.url);

export function loadPg(): Pg {
  return load("pg") as Pg;
}

export function loadCursor(): new (text: string, values: unknown[]) => PgCursor {
  return load("pg-cursor") as new (
    text: string,
    values: unknown[],
  ) => PgCursor;
}

function load(name: string): unknown {
  try {
    return require(name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "MODULE_NOT_FOUND" || !message.includes(`'${name}'`)) throw error;
    throw new RuntimeError(`tsyncio/pg needs the package ${name}, which is not installed: npm install ${name}`);
  }
}
