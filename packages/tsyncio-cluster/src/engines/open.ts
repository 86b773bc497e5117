/** Which engine a connection means. */

import { ValueError } from "tsyncio";
import { describe } from "tsyncio/executors/internal";
import type { Engine } from "../engine/engine.ts";
import { BullEngine } from "./bull.ts";
import { embeddedEngine } from "./embedded.ts";
import { postgresStore } from "./postgres.ts";
import { redisStore } from "./redis.ts";

/** "redis://…", "rediss://…", "postgres://…", "postgresql://…" or "embedded". */
export type Connection = `redis://${string}` | `rediss://${string}` | `postgres${string}` | "embedded" | (string & {});

export interface OpenOptions {
  readonly sizeLimit: number;
  readonly build: string | null;
}

const KNOWN = '"redis://HOST:PORT", "rediss://HOST:PORT" (with TLS), "postgres://HOST:PORT/DATABASE" or "embedded"';

/**
 * @throws {TypeError} There is no connection. @throws {ValueError} It is none that is known; the text has no password.
 */
export function openEngine(caller: string, connection: unknown, queue: unknown, options: OpenOptions): Engine {
  if (connection === undefined || connection === null) {
    throw new TypeError(
      `${caller} needs a connection, and has no default, so that no job is lost by mistake: ${KNOWN}`,
    );
  }
  if (typeof connection !== "string") throw new TypeError(`connection must be a string, got ${describe(connection)}`);
  checkQueue(caller, queue);
  if (connection === "embedded") return embeddedEngine(queue, options);
  const store = storeOf(connection);
  return new BullEngine(store, queue);
}

export function storeOf(connection: string): ReturnType<typeof redisStore> {
  let url: URL;
  try {
    url = new URL(connection);
  } catch {
    throw new ValueError(`connection must be ${KNOWN}; what was given is no URL`);
  }
  switch (url.protocol) {
    case "redis:":
    case "rediss:":
      return redisStore(url);
    case "postgres:":
    case "postgresql:":
      return postgresStore(url);
    default:
      throw new ValueError(`connection must be ${KNOWN}, got ${url.protocol}//…`);
  }
}

/** Of what BullMQ allows, the plain part; and the name stands in a command line. */
export function checkQueue(caller: string, queue: unknown): asserts queue is string {
  if (queue === undefined || queue === null) throw new TypeError(`${caller} needs the name of a queue: { queue: "…" }`);
  if (typeof queue !== "string") throw new TypeError(`queue must be a string, got ${describe(queue)}`);
  if (!/^[\w.-]{1,100}$/.test(queue)) {
    throw new ValueError(`queue must be 1 to 100 letters, digits, ".", "_" or "-", got ${describe(queue)}`);
  }
}
