/** PostgreSQL. */

import { createPostgresBackend, runMigrations } from "bullmq";
import { RuntimeError } from "tsyncio";
import { needPackage, type Store, wordsOf } from "./store.ts";

const SCHEMA = "bullmq";

export function postgresStore(url: URL): Store {
  needPackage("pg", "a connection to PostgreSQL");
  const words = wordsOf(url);
  let closed = false;
  return {
    words,
    async prepare() {
      const { default: pg } = await import("pg");
      const connection = { connectionString: url.href, max: 4 };
      const connect = async (): Promise<InstanceType<typeof pg.Client>> => {
        const client = new pg.Client(connection);
        client.on("error", () => {}); // told by the promises
        await client.connect();
        return client;
      };
      const client = await untilReachable(connect, () => closed);
      try {
        await runMigrations(client, SCHEMA);
      } catch (error) {
        throw needsRights(error, words);
      } finally {
        await client.end();
      }
      return { connection, backend: createPostgresBackend as never };
    },
    async close() {
      closed = true;
    },
  };
}

/** A server that starts, or that starts again, is waited for; how long a job waits is the executor's affair. */
async function untilReachable<T>(connect: () => Promise<T>, isClosed: () => boolean): Promise<T> {
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (isClosed() || !["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTFOUND", STARTS_UP].includes(String(code)))
        throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const STARTS_UP = "57P03";
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
