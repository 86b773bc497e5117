"use tsyncio";
// SQLite without blocking the event loop: every call is a job of one thread, which keeps the database open.
// Python: aiosqlite, or sqlite3 with a ThreadPoolExecutor of one worker.
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { run } from "tsyncio";
import { blocking, isMain, ThreadPoolExecutor } from "tsyncio/executors";

/** What can be stored. */
export type Value = null | number | bigint | string | Uint8Array;

// Of the worker's own copy of this module. With one worker all jobs have the same.
let database: DatabaseSync | null = null;
const statements = new Map<string, StatementSync>();

function prepared(text: string): StatementSync {
  if (database === null) throw new Error("the database is not open");
  const statement = statements.get(text) ?? database.prepare(text);
  statements.set(text, statement);
  return statement;
}

const openFile = blocking(import.meta, function openFile(path: string): void {
  database = new DatabaseSync(path);
});

const closeFile = blocking(import.meta, function closeFile(): void {
  statements.clear();
  database?.close();
  database = null;
});

const fetchAll = blocking(import.meta, function fetchAll(text: string, values: Value[]): Record<string, Value>[] {
  return prepared(text).all(...values) as Record<string, Value>[];
});

/** One transaction: a job runs to its end or not at all. */
const executeMany = blocking(import.meta, function executeMany(text: string, rows: Value[][]): void {
  const statement = prepared(text);
  database?.exec("begin");
  try {
    for (const values of rows) statement.run(...values);
    database?.exec("commit");
  } catch (error) {
    database?.exec("rollback");
    throw error;
  }
});

/** `await using database = new Sqlite("shop.db")` */
export class Sqlite {
  private readonly thread = new ThreadPoolExecutor(1);
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async aenter() {
    await this.thread.submit(openFile, this.path);
    return this;
  }

  /** Waits for the job that runs. */
  async aexit() {
    try {
      await this.thread.submit(closeFile);
    } finally {
      await this.thread.aexit(null);
    }
  }

  /** For the type of `await using`, which is compiled to `aenter` and `aexit`. */
  async [Symbol.asyncDispose]() {
    await this.aexit();
  }

  async fetch(text: string, values: Value[] = []) {
    return await this.thread.submit(fetchAll, text, values);
  }

  async executeMany(text: string, rows: Value[][]) {
    await this.thread.submit(executeMany, text, rows);
  }
}

export async function main() {
  await using database = new Sqlite(":memory:");
  await database.fetch("create table users (id integer primary key, name text)");
  await database.executeMany("insert into users (name) values (?)", [["Ada"], ["Grace"], ["Barbara"]]);
  for (const { id, name } of await database.fetch("select id, name from users where id > ?", [1]))
    console.log(id, name);
}

if (isMain(import.meta)) await run(main());
