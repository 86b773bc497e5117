/** A client: client.ts OPTIONS ROUNDS SECONDS. Prints the queries a second of each kind in each round, as JSON. */
import pg from "pg";
import { type Coroutine, gather, run } from "tsyncio";
import { createPool } from "tsyncio/pg";

const [options = "{}", rounds = "1", seconds = "1"] = process.argv.slice(2);
const config = JSON.parse(options) as pg.ClientConfig;
const CONNECTIONS = 8;
const TEXT = "select $1::int as n";

const byHand = new pg.Pool({ ...config, max: CONNECTIONS });
const ours = createPool({ ...(config as object), maxSize: CONNECTIONS });

/** Queries until the time is over; each answer is checked. */
class Load {
  count = 0;
  private readonly end: number;

  constructor(time: number) {
    this.end = performance.now() + time * 1000;
  }

  next(): number | null {
    return performance.now() < this.end ? this.count++ : null;
  }
}

function check(n: unknown, expected: number): void {
  if (n !== expected) throw new Error(`${n} is the answer, not ${expected}`);
}

const all = <T>(one: () => T): T[] => Array.from({ length: CONNECTIONS }, one);

function* together(coroutines: Coroutine<void>[]): Coroutine<void> {
  yield* gather(...coroutines);
}

const kinds = {
  async query(load: Load) {
    const one = async (): Promise<void> => {
      const client = await byHand.connect();
      for (let n = load.next(); n !== null; n = load.next()) check((await client.query(TEXT, [n])).rows[0].n, n);
      client.release();
    };
    await Promise.all(all(one));
  },
  async "query ours"(load: Load) {
    const one = function* (): Coroutine<void> {
      const connection = yield* ours.acquire();
      for (let n = load.next(); n !== null; n = load.next()) {
        check((yield* connection.query(TEXT, [n])).rows[0]?.n, n);
      }
      yield* connection.release();
    };
    await run(together(all(one)));
  },
  async pool(load: Load) {
    const one = async (): Promise<void> => {
      for (let n = load.next(); n !== null; n = load.next()) {
        const client = await byHand.connect();
        try {
          check((await client.query(TEXT, [n])).rows[0].n, n);
        } finally {
          client.release();
        }
      }
    };
    await Promise.all(all(one));
  },
  async "pool ours"(load: Load) {
    const one = function* (): Coroutine<void> {
      for (let n = load.next(); n !== null; n = load.next()) {
        const connection = yield* ours.acquire();
        try {
          check((yield* connection.query(TEXT, [n])).rows[0]?.n, n);
        } finally {
          yield* connection.release();
        }
      }
    };
    await run(together(all(one)));
  },
};

/** A control is the same by hand once more. */
const ORDER = [
  ["query", kinds.query],
  ["query ours", kinds["query ours"]],
  ["query control", kinds.query],
  ["pool", kinds.pool],
  ["pool ours", kinds["pool ours"]],
  ["pool control", kinds.pool],
] as const;

async function measured(kind: (load: Load) => Promise<void>, time: number): Promise<number> {
  const load = new Load(time);
  const begun = performance.now();
  await kind(load);
  return (load.count * 1000) / (performance.now() - begun);
}

// V8 takes seconds to compile what pg and tsyncio run: before that, more code looks slower than it is.
for (const [, kind] of ORDER) await measured(kind, Number(seconds) * 2);
const found: Record<string, number[]> = {};
for (let round = 0; round < Number(rounds); round++) {
  for (const [name, kind] of round % 2 === 0 ? ORDER : ORDER.toReversed()) {
    found[name] ??= [];
    found[name].push(await measured(kind, Number(seconds)));
  }
}
console.log(JSON.stringify(found));
await byHand.end();
await ours.close();
