/**
 * What happens to the tasks of a thread, as a recording keeps it: 16 bytes an event, so that a program which is
 * recorded has little to do, and the recorder nothing but to pass it on.
 */

/**
 * What happened to a task: milliseconds, a letter, the number of the task, and what belongs to it.
 *
 *   n  made: its name                      b  begins a step, which ends with one of the next three
 *   w  waits: for what, and the number of the task it is, or null
 *   t  gives up its turn                   d  is done: how
 *   k  woken: by which task, or null       c  asked to cancel: by which task, or null
 */
export type RecordedEvent = readonly [at: number, kind: string, task: number, ...rest: unknown[]];

/** What belongs to the events of a chunk. */
export interface ChunkHead {
  /** In milliseconds: what the times of the events are counted from. */
  readonly begin: number;
  /** The names in the events. */
  readonly texts: readonly string[];
}

/** Events of a thread, one after the other. */
export interface Chunk extends ChunkHead {
  /**
   * In base64. Each event is four numbers of 32 bits, little-endian: the kind in 4 bits, and above them the place of a
   * text, from 1; the time, in ticks; the task; another number.
   */
  readonly events: string;
}

/** How an event is noted. */
export interface EventWriter {
  /** At `at` milliseconds. `kind` is a place in `KINDS`; `other` the number of another task, or 0. */
  note(kind: number, at: number, task: number, text: string | null, other: number): void;
  /** What has been noted is handed over now. */
  flush(): void;
}

/** The letters of the kinds; those that are not known here become question marks. */
export const KINDS = "nbwtkcd?????????";
const TICKS = 1e4;
const SIZE = 16;

/**
 * Notes events without making an object for any of them, and hands them over when they are `most`, or too long ago to
 * be counted from the first one: in the machine's order of bytes. Runs in a process that is looked into, and so names
 * nothing that stands outside of it.
 */
export function eventWriter(most: number, take: (head: ChunkHead, events: Uint8Array) => void): EventWriter {
  const words = new Int32Array(4 * most);
  const texts = new Map<string, number>();
  let used = 0;
  let begin = 0;
  const flush = (): void => {
    if (used === 0) return;
    const head = { begin, texts: [...texts.keys()] };
    const events = new Uint8Array(words.buffer.slice(0, 4 * used));
    used = 0;
    texts.clear();
    place = 0;
    take(head, events);
  };
  /** Most texts are the one before. */
  let [last, place] = ["", 0];
  const placeOf = (text: string): number => {
    if (text === last && place > 0) return place;
    place = texts.get(text) ?? texts.size + 1;
    if (place > texts.size) texts.set(text, place);
    last = text;
    return place;
  };
  const note = (kind: number, at: number, task: number, text: string | null, other: number): void => {
    if (used === words.length || at - begin > 1e5) flush();
    if (used === 0) begin = at;
    words[used] = text === null ? kind : kind + 16 * placeOf(text);
    words[used + 1] = (at - begin) * 1e4 + 0.5; // rounded
    words[used + 2] = task;
    words[used + 3] = other;
    used += 4;
  };
  return { note, flush };
}

/** How many events there are in the chunk. */
export function countOf({ events }: Chunk): number {
  const missing = events.endsWith("==") ? 2 : events.endsWith("=") ? 1 : 0;
  return ((events.length / 4) * 3 - missing) / SIZE;
}

/** What is wrong with the events of a chunk from a file: null if nothing is. */
export function wrongEvents(chunk: Chunk): string | null {
  const { events } = chunk;
  const whole = events.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(events) && Number.isInteger(countOf(chunk));
  return whole ? null : ` must be events of ${SIZE} bytes in base64, got ${JSON.stringify(events).slice(0, 40)}`;
}

/** Calls `each` with the events of the chunk. */
export function readEvents({ begin, texts, events }: Chunk, each: (event: RecordedEvent) => void): void {
  const bytes = atob(events);
  const word = (at: number): number =>
    (bytes.charCodeAt(at) |
      (bytes.charCodeAt(at + 1) << 8) |
      (bytes.charCodeAt(at + 2) << 16) |
      (bytes.charCodeAt(at + 3) << 24)) >>>
    0;
  const first = begin * TICKS;
  for (let at = 0; at + SIZE <= bytes.length; at += SIZE) {
    const head = word(at);
    const time = Math.round(first + word(at + 4)) / TICKS;
    const task = word(at + 8);
    const other = word(at + 12);
    const text = texts[(head >>> 4) - 1];
    const kind = KINDS[head & 15] as string;
    switch (kind) {
      case "n":
        each([time, kind, task, text ?? `Task-${other}`]);
        break;
      case "w":
        each([time, kind, task, text ?? "?", other === 0 ? null : other]);
        break;
      case "k":
      case "c":
        each([time, kind, task, other === 0 ? null : other]);
        break;
      case "d":
        each([time, kind, task, other === 0 ? "done" : "cancelled"]);
        break;
      default:
        each([time, kind, task]);
    }
  }
}
