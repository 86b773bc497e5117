/** What happened when: written while the fetches run, read by the progress line, the summary and the timeline. */

import type { Try } from "./session.ts";

export interface Fetch {
  url: string;
  /** Which of the places that may be taken at a time: 0, 1, … */
  slot: number;
  /** Seconds of the loop's clock. */
  begin: number;
  end: number;
  tries: Try[];
  outcome: "running" | "ok" | "failed" | "timed out" | "cancelled";
  /** Why it failed. */
  reason: string;
}

export class Journal {
  readonly fetches: Fetch[] = [];
  private readonly clock: () => number;
  private readonly taken: boolean[] = [];
  private readonly start: number;

  constructor(clock: () => number) {
    this.clock = clock;
    this.start = clock();
  }

  /** Seconds since the journal was begun. */
  elapsed(): number {
    return this.clock() - this.start;
  }

  begin(url: string): Fetch {
    const free = this.taken.indexOf(false);
    const slot = free === -1 ? this.taken.length : free;
    this.taken[slot] = true;
    const time = this.clock();
    const fetch: Fetch = { url, slot, begin: time, end: Number.NaN, tries: [], outcome: "running", reason: "" };
    this.fetches.push(fetch);
    return fetch;
  }

  end(fetch: Fetch, outcome: Exclude<Fetch["outcome"], "running">, reason = ""): void {
    fetch.end = this.clock();
    fetch.outcome = outcome;
    fetch.reason = reason;
    this.taken[fetch.slot] = false;
  }

  count(outcome: Fetch["outcome"]): number {
    return this.fetches.filter((fetch) => fetch.outcome === outcome).length;
  }

  /** Those that came only after another try. */
  get retried(): number {
    return this.fetches.filter((fetch) => fetch.outcome === "ok" && fetch.tries.length > 1).length;
  }

  /** Those that have an outcome, other than being cancelled. */
  get done(): number {
    return this.fetches.length - this.count("running") - this.count("cancelled");
  }
}
