/** BullMQ's backend for PostgreSQL, which reads every event, and goes by the clock of the server. */

import { createPostgresBackend } from "bullmq";
import { type ClockBackend, goByServersClock } from "./postgresClock.ts";
import { type EventsBackend, readEveryEvent } from "./postgresEvents.ts";

export function postgresBackend(...given: Parameters<typeof createPostgresBackend>) {
  const made = createPostgresBackend(...given);
  const backend = made as unknown as ClockBackend & EventsBackend;
  goByServersClock(backend);
  readEveryEvent(backend);
  return made;
}
