"use tsyncio";
// Imports a file of measurements into SQLite, and into PostgreSQL where DATABASE_URL names one; a pool of processes
// reads it.
// Usage: npm start -- databases/importFile [FILE [MEGABYTES]]     makes the file if it is not there, of 200 MB
// Ctrl-C ends the import, and leaves neither half of a table nor half of a file.
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { asyncMap, fromPromise, run } from "tsyncio";
import { blocking, isMain, ProcessPoolExecutor } from "tsyncio/executors";
import { type Connection, createPool, type Pool } from "tsyncio/pg";
import { Sqlite } from "./sqlite.ts";

/** Bytes that a worker reads in one job. */
const PART = 1 << 20;
/** Bytes that a line has at most. */
const LONGEST_LINE = 1024;
const WORKERS = 2;
const CITIES = ["Seoul", "Busan", "Oslo", "Nairobi", "Lima", "Quito"];

/** Columns: that is how PostgreSQL takes many rows at once. */
interface Rows {
  ids: number[];
  cities: string[];
  degrees: number[];
  /** How much of the file it was. */
  bytes: number;
}

/** Where rows go. */
interface Sink {
  store(rows: Rows): Promise<void>;
}

/** The lines that begin in this part of the file; the last of them may end in the next. Runs in a worker. */
export const readPart = blocking(import.meta, function readPart(path: string, from: number): Rows {
  const size = statSync(path).size;
  const to = Math.min(from + PART, size);
  const file = openSync(path, "r");
  try {
    // One byte before: is it the end of a line?
    const start = Math.max(from - 1, 0);
    const bytes = Buffer.alloc(Math.min(to + LONGEST_LINE, size) - start);
    readSync(file, bytes, 0, bytes.length, start);
    const first = from === 0 ? 0 : endOfLine(bytes, 0, from);
    const end = to === size ? bytes.length : endOfLine(bytes, to - start - 1, to);
    const rows: Rows = { ids: [], cities: [], degrees: [], bytes: to - from };
    for (const line of bytes.toString("utf8", first, end).split("\n")) {
      if (line === "") continue;
      const [id, city = "", degrees] = line.split(",");
      rows.ids.push(Number(id));
      rows.cities.push(city);
      rows.degrees.push(Number(degrees));
    }
    return rows;
  } finally {
    closeSync(file);
  }
});

function endOfLine(bytes: Buffer, begin: number, position: number): number {
  const end = bytes.indexOf("\n", begin) + 1;
  if (end === 0 || end - begin > LONGEST_LINE) {
    throw new Error(`a line has more than ${LONGEST_LINE} bytes, near byte ${position}`);
  }
  return end;
}

export async function importFile(path: string, sinks: Sink[], show: (share: number) => void) {
  const { size } = statSync(path);
  const parts = Array.from({ length: Math.ceil(size / PART) }, (_, i) => i * PART);
  let done = 0;
  await using workers = new ProcessPoolExecutor(WORKERS);
  // A part more than there are workers is read ahead; a slow database slows the reading down.
  for await (const rows of asyncMap(parts, (from) => workers.submit(readPart, path, from), { limit: WORKERS + 1 })) {
    for (const sink of sinks) await sink.store(rows);
    done += rows.bytes;
    show(done / size);
  }
}

/** All rows in one transaction, or none. */
export async function intoPostgres(pool: Pool, body: (sink: Sink) => Promise<void>) {
  await using connection: Connection = await pool.acquire();
  await using _ = connection.transaction();
  await connection.query("drop table if exists measurements");
  await connection.query("create table measurements (id int primary key, city text, degrees float8)");
  await body({
    async store({ ids, cities, degrees }) {
      const columns = "unnest($1::int[], $2::text[], $3::float8[])";
      await connection.query(`insert into measurements select * from ${columns}`, [ids, cities, degrees]);
    },
  });
}

/** Into a new file, which gets its name when it is complete. */
export async function intoSqlite(path: string, body: (sink: Sink) => Promise<void>) {
  const part = `${path}.part`;
  await rm(part, { force: true });
  try {
    {
      await using database = new Sqlite(part);
      await database.fetch("create table measurements (id integer primary key, city text, degrees real)");
      await body({
        async store({ ids, cities, degrees }) {
          const rows = ids.map((id, i) => [id, cities[i] as string, degrees[i] as number]);
          await database.executeMany("insert into measurements values (?, ?, ?)", rows);
        },
      });
    }
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

/** Writes a file of that many bytes, or a little more. It gets its name when it is complete, too. */
export async function makeFile(path: string, bytes: number) {
  const part = `${path}.part`;
  try {
    {
      await using file = await fromPromise(open(part, "w"));
      for (let id = 0, written = 0; written < bytes; ) {
        const lines: string[] = [];
        for (let i = 0; i < 20_000 && written < bytes; i++, id++) {
          const line = `${id},${CITIES[id % CITIES.length]},${((id * 7) % 400) / 10}\n`;
          written += line.length;
          lines.push(line);
        }
        await file.writeFile(lines.join(""));
      }
    }
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

function showBar(share: number): void {
  const bar = "█".repeat(Math.round(share * 40)).padEnd(40, "░");
  if (process.stderr.isTTY) process.stderr.write(`\r${bar} ${Math.round(share * 100)} %${share < 1 ? "" : "\n"}`);
}

export async function main(path: string, megabytes: number, url: string | undefined) {
  if (!existsSync(path)) await makeFile(path, megabytes * 1e6);
  if (url === undefined) {
    await intoSqlite(`${path}.db`, (sqlite) => importFile(path, [sqlite], showBar));
  } else {
    await using pool = createPool({ connectionString: url });
    await intoPostgres(pool, (postgres) =>
      intoSqlite(`${path}.db`, (sqlite) => importFile(path, [sqlite, postgres], showBar)),
    );
    console.log(`PostgreSQL has ${await pool.fetchval("select count(*) from measurements")} rows.`);
  }
  await using database = new Sqlite(`${path}.db`);
  const [row] = await database.fetch("select count(*) as rows from measurements");
  console.log(`SQLite has ${row?.rows} rows.`);
}

if (isMain(import.meta)) {
  const [path = "measurements.csv", megabytes = "200"] = process.argv.slice(2);
  await run(main(path, Number(megabytes), process.env.DATABASE_URL));
}
