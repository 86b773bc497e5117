/** PostgreSQL. */

import { type Queue, runMigrations } from "bullmq";
import { RuntimeError } from "tsyncio";
import { controlOf } from "./names.ts";
import { postgresBackend } from "./postgresBackend.ts";
import { NOW, serverTime } from "./postgresClock.ts";
import { type BullConnection, needPackage, type Store, wordsOf } from "./store.ts";
import { untilItWorks } from "./temporary.ts";

const SCHEMA = "bullmq";
/** Milliseconds. A server that is gone without a word is noticed after some of these. */
const CONNECT = 10_000;

export function postgresStore(url: URL): Store {
  needPackage("pg", "a connection to PostgreSQL");
  const words = wordsOf(url);
  let closed = false;
  let trouble: unknown = null;
  return {
    words,
    get trouble() {
      return trouble;
    },
    async prepare() {
      const { default: pg } = await import("pg");
      const connection = {
        connectionString: url.href,
        max: 4,
        connectionTimeoutMillis: CONNECT,
        keepAlive: true,
        keepAliveInitialDelayMillis: CONNECT,
      };
      const migrate = async (): Promise<void> => {
        const client = new pg.Client(connection);
        client.on("error", () => {}); // told by the promises
        await client.connect();
        try {
          await runMigrations(client, SCHEMA);
        } catch (error) {
          throw needsRights(error, words);
        } finally {
          await client.end();
        }
      };
      // How long a job waits is the executor's affair.
      await untilItWorks(migrate, (error) => {
        trouble = error;
        return !closed;
      });
      trouble = null;
      return { connection, ...POSTGRES };
    },
    async close() {
      closed = true;
    },
  };
}

/** Of BullMQ, with the search path of its tables. */
interface PostgresBackend {
  query(text: string, values: unknown[]): Promise<{ rows: { now?: string; locked?: boolean }[] }>;
}

/** What all that is PostgreSQL has in common. */
export const POSTGRES: Omit<BullConnection, "connection"> = {
  backend: postgresBackend as never,
  tellsRemoved: false,
  /** Each transaction has a connection to itself. */
  async sendsTogether() {
    return () => {};
  },
  async isLocked(queue: Queue, id: string): Promise<boolean> {
    const backend = queue.getBackend() as unknown as PostgresBackend;
    const text = `SELECT locked_until_ms > ${NOW} AS locked FROM job WHERE queue = $1 AND id = $2 AND state = 'active'`;
    const { rows } = await backend.query(text, [queue.name, id]);
    // One that has ended meanwhile is looked at again.
    return rows[0]?.locked ?? true;
  },
  async trimEvents(queue: Queue, seconds: number): Promise<number> {
    const backend = queue.getBackend() as unknown as PostgresBackend;
    const now = await serverTime(backend);
    for (const name of [queue.name, controlOf(queue.name)]) {
      const oldest = String(Math.floor(now - seconds * 1000));
      await backend.query("DELETE FROM event WHERE queue = $1 AND created_at_ms < $2::bigint", [name, oldest]);
    }
    return now;
  },
};

const INSUFFICIENT_PRIVILEGE = "42501";

function needsRights(error: unknown, words: string): unknown {
  if ((error as { code?: unknown }).code !== INSUFFICIENT_PRIVILEGE) return error;
  return new RuntimeError(
    `the tables of the queue are not in ${words}, and the user may not make them. Grant CREATE on the database for the first start ` +
      `(it makes the schema ${SCHEMA}), or let another user make them: then this one needs USAGE on the schema, and all rights on its tables, ` +
      "sequences and functions",
    { cause: error },
  );
}
