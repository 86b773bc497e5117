"use tsyncio";
/** The main job: all URLs, at most `limit` at a time. */

import { isCancelled, Semaphore, TaskGroup, TimeoutError } from "tsyncio";
import type { Journal } from "./journal.ts";
import { FetchError, type Session } from "./session.ts";

export async function fetchAll(session: Session, urls: string[], limit: number, journal: Journal): Promise<void> {
  const semaphore = new Semaphore(limit);
  await using group = new TaskGroup();
  for (const url of urls) group.createTask(fetchOne(session, url, semaphore, journal), { name: url });
}

/** A URL that cannot be fetched is noted, and does not stop the others. Anything else that is thrown does. */
async function fetchOne(session: Session, url: string, semaphore: Semaphore, journal: Journal): Promise<void> {
  await using _permit = semaphore;
  const entry = journal.begin(url);
  try {
    await session.fetch(url, entry.tries);
    journal.end(entry, "ok");
  } catch (error) {
    if (error instanceof TimeoutError) journal.end(entry, "timed out");
    else if (error instanceof FetchError) journal.end(entry, "failed", error.message);
    else {
      if (isCancelled(error)) journal.end(entry, "cancelled");
      throw error;
    }
  }
}
