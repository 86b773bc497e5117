"use tsyncio";

import { later, logOf } from "./log.ts";

/** What an event of the platform and one of React's have. */
export interface Happening {
  readonly currentTarget: EventTarget | null;
  preventDefault(): void;
}

/** Must have begun when the browser asks whether the default is prevented. */
export async function handle(event: Happening): Promise<void> {
  const log = logOf(event.currentTarget);
  event.preventDefault();
  log("begins");
  await later();
  log("ends");
}
