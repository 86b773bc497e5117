/** The engines behind a cluster, as the tests of faults have them: a server that can be ended and started again. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Observer, Postgres } from "../../../../tsyncio/test/node/services/pg/postgres.ts";
import { RedisServer } from "./redis.ts";

/** Where it keeps its data. */
export interface Place {
  /** A disk that may be full: the engine must bear that. */
  readonly disk?: string;
}

export interface TestEngine {
  readonly url: string;
  readonly port: number;
  /** As a crash. */
  halt(): Promise<void>;
  run(): Promise<void>;
  /** What it has of a queue's jobs: words for people, empty where there is nothing. */
  leftovers(queue: string): Promise<string[]>;
  stop(): Promise<void>;
}

export const ENGINES: Readonly<Record<"Redis" | "PostgreSQL", (place?: Place) => Promise<TestEngine>>> = {
  async Redis({ disk } = {}) {
    const folder = mkdtempSync(join(disk ?? tmpdir(), "tsyncio-redis-"));
    // With "always", Redis ends where it cannot write.
    const server = await RedisServer.start({ folder, fsync: disk === undefined ? "always" : "everysec" });
    return {
      url: server.url,
      port: server.port,
      halt: () => server.halt(),
      run: () => server.run(),
      async leftovers(queue) {
        const client = server.client();
        const keys = await client.keys(`bull:${queue}*`);
        const found: string[] = [];
        for (const key of keys) {
          // Settings of the queue, of the same size however many jobs there were.
          if (/:(?:meta|id|marker|stalled-check)$/.test(key)) continue;
          if (key.endsWith(":events")) {
            const count = await client.xlen(key);
            if (count > 0) found.push(`${key} with ${count} events`);
          } else found.push(key);
        }
        client.disconnect();
        return found;
      },
      async stop() {
        await server.stop();
        rmSync(folder, { recursive: true });
      },
    };
  },
  async PostgreSQL({ disk } = {}) {
    const server = await Postgres.start();
    if (disk !== undefined) {
      // Its tables alone: without space for its log it would end.
      const observer = await new Observer(server).connect();
      const folder = join(disk, "tables");
      mkdirSync(folder);
      server.own(folder);
      await observer.query(`CREATE TABLESPACE small LOCATION '${folder}'`);
      await observer.query("ALTER DATABASE postgres SET default_tablespace = small");
      await observer.end();
    }
    return {
      url: server.connectionString,
      port: server.port,
      halt: () => server.halt("SIGQUIT"),
      run: () => server.run(),
      async leftovers(queue) {
        const observer = await new Observer(server).connect();
        const found: string[] = [];
        for (const table of ["job", "event", "dedup", "dedup_next", "job_dependency"]) {
          const column = table === "job_dependency" ? "parent_queue" : "queue";
          const text = `SELECT count(*)::int AS n FROM bullmq.${table} WHERE ${column} LIKE $1`;
          const [row] = await observer.query(text, [`${queue}%`]);
          if (row?.n !== 0) found.push(`${table} with ${row?.n} rows`);
        }
        await observer.end();
        return found;
      },
      stop: () => server.stop(),
    };
  },
};
