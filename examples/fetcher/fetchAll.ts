/** The main job: all URLs, at most `limit` at a time. `using` needs Node 24. */

import { asyncWith, type Coroutine, isCancelled, Semaphore, TaskGroup, TimeoutError } from "tsyncio";
import type { Journal } from "./journal.ts";
import { FetchError, type Session } from "./session.ts";

export function* fetchAll(session: Session, urls: string[], limit: number, journal: Journal): Coroutine<void> {
  const semaphore = new Semaphore(limit);
  yield* asyncWith(new TaskGroup(), function* (group) {
    for (const url of urls) group.createTask(fetchOne(session, url, semaphore, journal), { name: url });
  });
}

/** A URL that cannot be fetched is noted, and does not stop the others. Anything else that is thrown does. */
function* fetchOne(session: Session, url: string, semaphore: Semaphore, journal: Journal): Coroutine<void> {
  using _permit = yield* semaphore.acquire();
  const entry = journal.begin(url);
  try {
    yield* session.fetch(url, entry.tries);
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
