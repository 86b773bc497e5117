/** BullMQ by hand: what the manual shows, on either server. */
import type { ConnectionOptions } from "bullmq";
import { Queue, QueueEvents, runMigrations, Worker } from "bullmq";
import { postgresBackend } from "../../packages/tsyncio-cluster/src/engines/postgresBackend.ts";

/** As ClusterExecutor's default. */
const RETENTION = { age: 3600 };
export const KEEP = { removeOnComplete: RETENTION, removeOnFail: RETENTION };

/**
 * The compiler knows Redis only: BullMQ's classes have other types with each backend. That of PostgreSQL is the one
 * that reads every event: with BullMQ's own, `waitUntilFinished` of some jobs among a thousand waits forever.
 */
export function connectionTo(url: string): { connection: ConnectionOptions; backend: undefined } {
  if (url.startsWith("postgres:")) {
    return { connection: { connectionString: url, max: 4 } as never, backend: postgresBackend as never };
  }
  const { hostname: host, port, password } = new URL(url);
  return { connection: { host, port: Number(port), password, maxRetriesPerRequest: null }, backend: undefined };
}

/** The tables, once. */
export async function migrate(url: string): Promise<void> {
  if (!url.startsWith("postgres:")) return;
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await runMigrations(client, "bullmq");
  await client.end();
}

export function queueAt(url: string, name: string): Queue {
  const { connection, backend } = connectionTo(url);
  const queue = new Queue(name, { connection }, backend);
  queue.setMaxListeners(0);
  return queue;
}

/**
 * From the first event on. By default BullMQ reads from where the stream is when it first asks, which is after
 * `waitUntilReady`: what ends between the two is not heard of, and its `waitUntilFinished` waits forever.
 */
export function eventsAt(url: string, name: string): QueueEvents {
  const { connection, backend } = connectionTo(url);
  const events = new QueueEvents(name, { connection, lastEventId: "0" }, backend);
  events.setMaxListeners(0);
  return events;
}

export function workerAt(url: string, name: string, slots: number, work: (data: never) => unknown): Worker {
  const { connection, backend } = connectionTo(url);
  return new Worker(name, async ({ data }) => work(data as never), { connection, concurrency: slots }, backend);
}
