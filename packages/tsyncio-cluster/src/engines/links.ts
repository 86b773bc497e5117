/** What both sides of a queue of BullMQ do. */

import { QueueEvents } from "bullmq";
import type { BullConnection } from "./store.ts";
import { untilItWorks } from "./temporary.ts";

/** What is to be closed at the end. */
export interface Closable {
  close(): Promise<unknown>;
}

/**
 * Resolves with what `connect` opens, which puts all that is to be closed into `opened`. One that has once failed to
 * connect stays so in BullMQ: it is closed, and made anew while `goesOn` says so.
 */
export async function openSurely<T>(
  ready: Promise<BullConnection>,
  opened: Closable[],
  connect: (bull: BullConnection) => Promise<T>,
  goesOn: (error: unknown) => boolean,
): Promise<T> {
  const bull = await ready;
  return untilItWorks(
    () => connect(bull),
    (error) => {
      void closeAll(opened);
      return goesOn(error);
    },
  );
}

/** Seconds. A server that is gone answers no farewell. */
const FAREWELL = 10;

/** Takes all out of the list, and settles when they are closed; what has never been connected is not waited for. */
export function closeAll(opened: Closable[]): Promise<void> {
  const ended = Promise.allSettled(opened.splice(0).map(async (one) => one.close()));
  return new Promise((resolve) => {
    const stop = later(FAREWELL, resolve);
    void ended.then(stop).then(resolve);
  });
}

/** Reads events until it is closed. BullMQ's own reading ends for good where a connection cannot be made. */
export function eventsOf(name: string, { connection, backend }: BullConnection): QueueEvents {
  const events = new QueueEvents(name, { connection, autorun: false }, backend);
  const goesOn = (): boolean => events.closing === undefined;
  untilItWorks(() => events.run(), goesOn).catch((error) => {
    if (goesOn()) events.emit("error", error);
  });
  return events;
}

export function later(seconds: number, fn: () => void): () => void {
  // Node's timers take no more.
  const timer = setTimeout(fn, Math.min(seconds * 1000, 0x7fffffff));
  return () => clearTimeout(timer);
}
