/** The main coroutine: begin to read here. */

import { asyncWith, type Coroutine, createTask, getRunningLoop, wait } from "tsyncio";
import { fetchAll } from "./fetchAll.ts";
import { Journal } from "./journal.ts";
import type { Options } from "./options.ts";
import { showProgress } from "./progress.ts";
import { Servers } from "./servers.ts";
import { Session } from "./session.ts";
import { summary } from "./summary.ts";

export function* main(options: Options): Coroutine<void> {
  const { urls: total, limit, seed, timeout } = options;
  console.log(`Fetching ${total} URLs, at most ${limit} at a time. Ctrl-C stops.\n`);
  yield* asyncWith(new Servers(seed), function* (urlOf) {
    const urls = Array.from({ length: total }, (_, id) => urlOf(id));
    yield* asyncWith(new Session({ timeout, tries: 3, backoff: 0.1 }), (session) => watched(session, urls, options));
  });
}

/** The fetches with the progress line, and the summary, even if they are interrupted. */
function* watched(session: Session, urls: string[], options: Options): Coroutine<void> {
  const loop = getRunningLoop();
  const journal = new Journal(() => loop.time());
  const progress = createTask(showProgress(journal, urls.length, process.stderr));
  let finished = false;
  try {
    yield* fetchAll(session, urls, options.limit, journal);
    finished = true;
  } finally {
    progress.cancel();
    yield* wait([progress]); // until it has wiped its line
    console.log(summary(journal, options, !finished, process.stdout).join("\n"));
  }
}
