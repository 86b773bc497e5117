/** Redis and Valkey. */

import { type Queue, QueueKeys, type Worker } from "bullmq";
import type { Redis } from "ioredis";
import { RuntimeError } from "tsyncio";
import { controlOf } from "./names.ts";
import { needPackage, type Store, wordsOf } from "./store.ts";

export function redisStore(url: URL): Store {
  needPackage("ioredis", "a connection to Redis");
  const words = wordsOf(url);
  let stop = (): void => {};
  let trouble: unknown = null;
  return {
    words,
    get trouble() {
      return trouble;
    },
    async prepare() {
      const { Redis } = await import("ioredis");
      // BullMQ asks for this one: commands wait for a connection that is lost. How long a job waits is the executor's
      // affair.
      const connection = { ...optionsOf(url), maxRetriesPerRequest: null };
      const client = new Redis({ ...connection, lazyConnect: true });
      client.on("error", (error) => {
        trouble = error;
      });
      stop = () => client.disconnect();
      try {
        checkEviction(await client.info("memory"), words);
      } finally {
        client.disconnect();
      }
      return { connection, backend: undefined, tellsRemoved: true, sendsTogether, isLocked, trimEvents };
    },
    /** Also of what has never answered. */
    async close() {
      stop();
    },
  };
}

/** One by one, outcomes of jobs that end in the same turn would each cost both sides a system call. */
async function sendsTogether(worker: Worker): Promise<() => void> {
  const client = (await worker.getBackend().client) as unknown as Redis;
  let isHolding = false;
  return () => {
    if (isHolding) return;
    isHolding = true;
    const { stream } = client; // another one after each reconnect
    stream.cork();
    setImmediate(() => {
      isHolding = false;
      stream.uncork();
    });
  };
}

async function isLocked(queue: Queue, id: string): Promise<boolean> {
  const client = (await queue.getBackend().client) as unknown as Redis;
  return (await client.call("EXISTS", `${queue.toKey(id)}:lock`)) === 1;
}

/** BullMQ trims by number only. */
async function trimEvents(queue: Queue, seconds: number): Promise<number> {
  const client = (await queue.getBackend().client) as unknown as Redis;
  const [now] = await client.time();
  const milliseconds = Number(now) * 1000;
  for (const name of [queue.name, controlOf(queue.name)]) {
    const { events } = new QueueKeys().getKeys(name) as { events: string };
    await client.call("XTRIM", events, "MINID", String(milliseconds - seconds * 1000));
  }
  return milliseconds;
}

function optionsOf(url: URL): object {
  const db = url.pathname.replace(/^\//, "");
  return {
    host: url.hostname.replace(/^\[|\]$/g, "") || "127.0.0.1",
    port: url.port === "" ? 6379 : Number(url.port),
    ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    ...(db === "" ? {} : { db: Number(db) }),
    ...(url.protocol === "rediss:" ? { tls: {} } : {}),
  };
}

/** A Redis that throws keys away when its memory is full throws jobs away. */
function checkEviction(info: string, words: string): void {
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? "";
  const policy = field("maxmemory_policy");
  if (policy === "" || policy === "noeviction" || field("maxmemory") === "0") return;
  throw new RuntimeError(
    `${words} removes keys when its memory is full (maxmemory-policy ${policy}), and jobs would be among them. Set it to noeviction: ` +
      "`CONFIG SET maxmemory-policy noeviction`",
  );
}
