/**
 * BullMQ tells PostgreSQL what time it is by the clock of its own machine, and locks go by that: a worker whose clock
 * is off would take the jobs of others, or lose its own. Here it tells the time of the server.
 */

/** Milliseconds after which it asks the server again. */
const TRUST = 60_000;
/** Milliseconds: half of what an answer takes is how wrong it may be. */
const SOON = 50;
const TRIES = 5;

/** Locks, limits, what waits until a time, and when a job ended. Other commands are given times of the server's. */
const BY_TIME = /^(?:move_|extend_|next_|get_rate_limit_|set_rate_limit)/;
/** No other number of BullMQ's is as large: milliseconds since 1970, in the year 2001. */
const TIMES = 1e12;

/** What comes back, and is compared with this machine's clock: when locks are to be renewed goes by it. */
const BACK = ["next_delay", "processed_at_ms"] as const;

/** Milliseconds by the clock of the server, in SQL. */
export const NOW = "floor(extract(epoch FROM clock_timestamp()) * 1000)";

/** What can be asked. */
interface Asked {
  query(text: string, values: unknown[]): Promise<{ rows: { now?: string }[] }>;
}

/** Milliseconds since 1970, by the clock of the server. */
export async function serverTime(backend: Asked): Promise<number> {
  const { rows } = await backend.query(`SELECT ${NOW}::text AS now`, []);
  return Number(rows[0]?.now);
}

type Row = { [K in (typeof BACK)[number]]?: string | null };

/** What this uses of BullMQ's. */
export interface ClockBackend extends Asked {
  run(command: string, params: readonly unknown[]): Promise<{ rows: Row[] }>;
}

export function goByServersClock(backend: ClockBackend): void {
  const run = backend.run.bind(backend);
  const clock = new ServerClock(backend);
  backend.run = async (command, params) => {
    if (!BY_TIME.test(command)) return await run(command, params);
    const ahead = await clock.ahead();
    const result = await run(
      command,
      params.map((value) => (typeof value === "number" && value > TIMES ? Math.round(value + ahead) : value)),
    );
    for (const row of result.rows) {
      for (const name of BACK) {
        const time = Number(row[name] ?? 0);
        if (time > TIMES) row[name] = String(Math.round(time - ahead));
      }
    }
    return result;
  };
}

class ServerClock {
  private readonly backend: ClockBackend;
  /** The server's time less that of `performance.now()`, which does not change as the clock of this machine is set. */
  private base = 0;
  private askedAt = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | null = null;

  constructor(backend: ClockBackend) {
    this.backend = backend;
  }

  /** How many milliseconds the server's clock is ahead of this machine's. */
  async ahead(): Promise<number> {
    const isNew = this.askedAt === Number.NEGATIVE_INFINITY;
    if (performance.now() - this.askedAt > TRUST) {
      this.asking ??= this.ask().finally(() => {
        this.asking = null;
      });
      // What was known is good enough meanwhile.
      if (isNew) await this.asking;
      else this.asking.catch(() => {});
    }
    return this.base + performance.now() - Date.now();
  }

  /** The answer that came soonest counts: the first one may have waited for a connection. */
  private async ask(): Promise<void> {
    let soonest = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < TRIES && soonest > SOON; tries++) {
      const before = performance.now();
      const time = await serverTime(this.backend);
      const after = performance.now();
      if (after - before >= soonest) continue;
      soonest = after - before;
      this.base = time - (before + after) / 2;
    }
    this.askedAt = performance.now();
  }
}
