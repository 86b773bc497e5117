/** A queue and a worker inside of this process: for trying and for tests. It joins no machines. */

import { EventEmitter } from "node:events";
import { availableParallelism } from "node:os";
import { runMigrations } from "bullmq";
import { ThreadPoolExecutor } from "tsyncio/executors";
import type {
  Engine,
  SubmitterLink,
  SubmitterListener,
  WorkerLink,
  WorkerLinkOptions,
  WorkerListener,
} from "../engine/engine.ts";
import { OwnFunctions } from "../worker/functions.ts";
import { PoolRunner } from "../worker/poolRunner.ts";
import { Worker } from "../worker/worker.ts";
import { BullEngine } from "./bull.ts";
import type { OpenOptions } from "./open.ts";
import { POSTGRES } from "./postgres.ts";
import { type BullConnection, needPackage, type Store } from "./store.ts";

/** Seconds. Nothing but this process could lose a job. */
const LOCK = 30;

export function embeddedEngine(queue: string, { sizeLimit, build }: OpenOptions): Engine {
  needPackage("@electric-sql/pglite", 'the connection "embedded"');
  const engine = new BullEngine(pgliteStore, queue);
  const slots = availableParallelism();
  let worker: Worker | null = null;
  return {
    words: "embedded",
    isSimulated: false,
    submitter(listener: SubmitterListener): SubmitterLink {
      const runner = new PoolRunner(new ThreadPoolExecutor(slots), sizeLimit);
      const functions = new OwnFunctions();
      const onError = (error: unknown): void => console.error(error);
      worker = new Worker(engine, { functions, runner, build, sizeLimit, slots, lock: LOCK, rate: null, onError });
      return engine.submitter(listener);
    },
    worker(listener: WorkerListener, options: WorkerLinkOptions): WorkerLink {
      return engine.worker(listener, options);
    },
    close(done: () => void): void {
      const closeEngine = (): void => engine.close(done);
      if (worker === null) closeEngine();
      else worker.drain(() => worker?.close(closeEngine));
    },
  };
}

type PGlite = import("@electric-sql/pglite").PGlite;

/** One database for all executors of this process: it takes seconds to start, and some 500 MB. */
let database: Promise<PGlite> | null = null;
let users = 0;

const pgliteStore: Store = {
  words: "embedded",
  trouble: null,
  async prepare(): Promise<BullConnection> {
    users++;
    database ??= start();
    const db = await database;
    const pool = new PGlitePool(db);
    return { connection: pool as never, ...POSTGRES };
  },
  async close(): Promise<void> {
    if (--users > 0) return;
    const db = database;
    database = null;
    await (await db)?.close();
  },
};

async function start(): Promise<PGlite> {
  const { PGlite, types } = await import("@electric-sql/pglite");
  // As pg reads them.
  const db = await PGlite.create({ parsers: { [types.INT8]: (text: string) => text } });
  await db.exec("SET search_path TO bullmq, public");
  await runMigrations(new PGliteClient(db) as never, "bullmq");
  return db;
}

/** A client of `pg` over the one session that PGlite has. */
class PGliteClient extends EventEmitter {
  private readonly db: PGlite;
  private readonly stopListening: () => void;

  constructor(db: PGlite) {
    super();
    this.setMaxListeners(0);
    this.db = db;
    this.stopListening = db.onNotification((channel, payload) => this.emit("notification", { channel, payload }));
  }

  async query(
    given: string | { text: string; values?: unknown[] },
    params?: unknown[],
  ): Promise<{ rows: unknown[]; rowCount: number }> {
    const text = typeof given === "string" ? given : given.text;
    const values = typeof given === "string" ? params : given.values;
    const result =
      values === undefined || values.length === 0
        ? (await this.db.exec(text)).at(-1)
        : await this.db.query(text, values);
    const rows = result?.rows ?? [];
    return { rows, rowCount: result?.affectedRows ?? rows.length };
  }

  release(): void {
    this.stopListening();
  }
}

class PGlitePool extends EventEmitter {
  private readonly db: PGlite;
  private readonly client: PGliteClient;

  constructor(db: PGlite) {
    super();
    this.db = db;
    this.client = new PGliteClient(db);
  }

  query(text: string, params?: unknown[]): Promise<{ rows: unknown[]; rowCount: number }> {
    return this.client.query(text, params);
  }

  async connect(): Promise<PGliteClient> {
    return new PGliteClient(this.db);
  }

  async end(): Promise<void> {
    this.client.release();
  }
}
