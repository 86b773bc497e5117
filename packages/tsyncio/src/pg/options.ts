/** Options of a pool: what is ours, and what pg gets. */

import type { ConnectionOptions } from "node:tls";
import type { CustomTypesConfig, PoolConfig } from "pg";
import { type OptionNames, ownOptions, withoutPrototype } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { asFailure, RuntimeError, ValueError } from "../base/errors.ts";
import type { Pg } from "./library.ts";

/** Options of `createPool`. */
export interface PoolOptions {
  /** Such as `postgres://user:password@host:5432/database`. What it says goes before the options below. */
  connectionString?: string | undefined;
  /** A name, an address, or the folder of a unix socket. Defaults to `$PGHOST`, else "localhost". */
  host?: string | undefined;
  /** Defaults to `$PGPORT`, else 5432. */
  port?: number | undefined;
  /** Defaults to `$PGUSER`, else the user of the process. */
  user?: string | undefined;
  /** A function is called for each connection. Defaults to `$PGPASSWORD`. */
  password?: string | (() => string | Promise<string>) | undefined;
  /** Defaults to `$PGDATABASE`, else the name of the user. */
  database?: string | undefined;
  /**
   * TLS: true, or options of `tls.connect`. The server's certificate and name are verified unless `rejectUnauthorized:
   * false` is given. Defaults to `$PGSSLMODE`, else to no TLS.
   */
  ssl?: boolean | ConnectionOptions | undefined;
  /** What `pg_stat_activity` shows. */
  application_name?: string | undefined;
  /** Settings of the session, as on psql's command line: `"-c statement_timeout=5s -c search_path=shop"`. */
  options?: string | undefined;
  /** Parsers of values, instead of those of `pg.types`. */
  types?: CustomTypesConfig | undefined;
  /** How many connections there may be. Defaults to 10. */
  maxSize?: number | undefined;
  /** Seconds until a new connection must be there. Defaults to 60. */
  connectTimeout?: number | undefined;
  /**
   * Seconds that the server has to answer when a query was cancelled; then the connection is destroyed. Defaults to 5.
   */
  cancelTimeout?: number | undefined;
  /** Seconds after which a connection that is not used is closed; 0 keeps it. Defaults to 300. */
  maxInactiveConnectionLifetime?: number | undefined;
}

const NAMES: OptionNames<PoolOptions> = {
  connectionString: true,
  host: true,
  port: true,
  user: true,
  password: true,
  database: true,
  ssl: true,
  application_name: true,
  options: true,
  types: true,
  maxSize: true,
  connectTimeout: true,
  cancelTimeout: true,
  maxInactiveConnectionLifetime: true,
};

interface Checked {
  readonly config: PoolConfig;
  readonly maxSize: number;
  /** Seconds. */
  readonly connectTimeout: number;
  /** Seconds. */
  readonly cancelTimeout: number;
}

export function poolConfig(pg: Pg, given: PoolOptions | null | undefined): Checked {
  // Its text may have a password.
  if (typeof given === "string")
    throw new TypeError("createPool expects options such as { connectionString }, got a string");
  const {
    maxSize = 10,
    connectTimeout = 60,
    cancelTimeout = 5,
    maxInactiveConnectionLifetime = 300,
    ...own
  } = ownOptions("createPool", given, NAMES);
  if (!Number.isInteger(maxSize) || maxSize < 1) {
    throw new ValueError(`maxSize must be a whole number of connections greater than 0, got ${describe(maxSize)}`);
  }
  checkSeconds("connectTimeout", connectTimeout);
  checkSeconds("cancelTimeout", cancelTimeout);
  if (maxInactiveConnectionLifetime !== 0) checkSeconds("maxInactiveConnectionLifetime", maxInactiveConnectionLifetime);
  if (own.connectionString !== undefined && typeof own.connectionString !== "string") {
    throw new TypeError("connectionString must be a string");
  }
  const config: PoolConfig = { ...own };
  if (own.ssl !== undefined) config.ssl = tls(own.ssl);
  if (typeof own.password === "function") config.password = passwordOf(own.password);
  checkConfig(pg, config);
  return {
    config: {
      ...config,
      max: maxSize,
      idleTimeoutMillis: maxInactiveConnectionLifetime * 1000,
      // Connections that nothing uses do not keep the process.
      allowExitOnIdle: true,
    },
    maxSize,
    connectTimeout,
    cancelTimeout,
  };
}

function tls(ssl: unknown): boolean | ConnectionOptions {
  if (ssl === false) return false;
  if (ssl !== true && (typeof ssl !== "object" || ssl === null)) {
    throw new TypeError(`ssl must be true, false or options of tls.connect, got ${describe(ssl)}`);
  }
  const own = withoutPrototype(ssl === true ? {} : (ssl as ConnectionOptions));
  own.rejectUnauthorized ??= true;
  return own;
}

/** pg takes an error that is falsy for none, and the connection for one that is there. */
function passwordOf(ask: () => string | Promise<string>): () => Promise<string> {
  return async () => {
    try {
      return await ask();
    } catch (error) {
      throw asFailure(error);
    }
  };
}

/** What pg would throw at the first connection, without the text that it could not read: that has a password. */
function checkConfig(pg: Pg, config: PoolConfig): void {
  try {
    const { connection } = new pg.Client(config);
    if (connection === undefined) {
      throw new RuntimeError("tsyncio/pg needs pg's own client, not pg-native: start without NODE_PG_FORCE_NATIVE");
    }
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    if (code !== "ERR_INVALID_URL" && name !== "URIError") throw error;
    throw new ValueError(
      "connectionString must be a URL such as postgres://user:password@host:5432/database, in which other characters of the password are written as by encodeURIComponent",
    );
  }
}

/** The longest that the platform's timers can wait. */
const LONGEST = 2 ** 31 / 1000;

function checkSeconds(name: string, value: unknown): void {
  const rule = `${name} must be a number of seconds greater than 0, got ${describe(value)}`;
  if (typeof value !== "number") throw new TypeError(rule);
  if (!(value > 0 && value < LONGEST)) throw new ValueError(rule);
}
