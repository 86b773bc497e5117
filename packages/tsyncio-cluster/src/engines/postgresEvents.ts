/**
 * The events of a queue in PostgreSQL. BullMQ reads them by a cursor, the number of the last one. Numbers are given out
 * as events are written, not as they are committed: one of a transaction that ends late has a smaller number than what
 * was read already, and would never be read. So numbers that were passed over are asked for again, for some seconds.
 */

import { untilItWorks } from "./temporary.ts";

/**
 * Milliseconds after which a number that was passed over belongs to another queue, or to a transaction that was undone.
 */
const GIVE_UP = 10_000;
/** At most this many numbers are kept: an event that is under way has one of the last. */
const PASSED_OVER = 2_000;
/**
 * How many milliseconds it waits for a notification: of several that commit at once BullMQ sends one, maybe before the
 * last has.
 */
const POLL = 1_000;
/** And how often it asks for what was passed over: events that have come are not kept waiting for the answer. */
const POLL_PASSED_OVER = 50;

type Event = readonly [id: string, fields: string[]];
type Found = [[stream: string, events: Event[]]] | null;

/** What this uses of BullMQ's. */
export interface EventsBackend {
  readonly queueName: string;
  readonly connection: { readonly isClosing: unknown };
  readEvents(cursor: string, milliseconds: number): Promise<Found>;
  query(text: string, values: unknown[]): Promise<{ rows: { id: string; event: string; data: object | null }[] }>;
}

export function readEveryEvent(backend: EventsBackend): void {
  const reader = new EventReader(backend, backend.readEvents.bind(backend));
  const goesOn = (): boolean => !backend.connection.isClosing;
  // BullMQ itself would wait five seconds after an error.
  backend.readEvents = (cursor, milliseconds) => untilItWorks(() => reader.read(cursor, milliseconds), goesOn);
}

class EventReader {
  private readonly backend: EventsBackend;
  private readonly readOn: EventsBackend["readEvents"];
  private last: number | null = null;
  /** With the time when they were passed over. */
  private readonly passedOver = new Map<number, number>();
  /** When it last asked for those. */
  private askedAt = 0;

  constructor(backend: EventsBackend, readOn: EventsBackend["readEvents"]) {
    this.backend = backend;
    this.readOn = readOn;
  }

  async read(cursor: string, milliseconds: number): Promise<Found> {
    const patience = this.passedOver.size > 0 ? POLL_PASSED_OVER : POLL;
    const from = this.last === null ? cursor : String(this.last);
    const found = await this.readOn(from, Math.min(milliseconds, patience));
    const late = await this.readLate();
    const events = [...late, ...this.note(found?.[0][1] ?? [])];
    return events.length === 0 ? null : [["events", events]];
  }

  private note(events: Event[]): Event[] {
    const now = performance.now();
    for (const [text] of events) {
      const id = Number(text);
      const first = Math.max((this.last ?? id) + 1, id - PASSED_OVER);
      for (let number = first; number < id; number++) this.passedOver.set(number, now);
      this.last = id;
    }
    for (const [number, since] of this.passedOver) {
      if (since > now - GIVE_UP && this.passedOver.size <= PASSED_OVER) break;
      this.passedOver.delete(number);
    }
    return events;
  }

  private async readLate(): Promise<Event[]> {
    const now = performance.now();
    if (this.passedOver.size === 0 || now - this.askedAt < POLL_PASSED_OVER) return [];
    this.askedAt = now;
    const { rows } = await this.backend.query(
      "SELECT id, event, data FROM event WHERE queue = $1 AND id = ANY($2::bigint[]) ORDER BY id",
      [this.backend.queueName, [...this.passedOver.keys()]],
    );
    for (const { id } of rows) this.passedOver.delete(Number(id));
    return rows.map(({ id, event, data }) => {
      const fields = Object.entries(data ?? {}).flatMap(([key, value]) => [key, String(value)]);
      return [id, ["event", event, ...fields]];
    });
  }
}
