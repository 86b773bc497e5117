"use tsyncio";
/** The main coroutine: begin to read here. */

import { createTask, getRunningLoop, wait } from "tsyncio";
import { fetchAll } from "./fetchAll.ts";
import { Journal } from "./journal.ts";
import type { Options } from "./options.ts";
import { showProgress } from "./progress.ts";
import { Servers } from "./servers.ts";
import { Session } from "./session.ts";
import { summary } from "./summary.ts";

export async function main(options: Options): Promise<void> {
  const { urls: total, limit, seed, timeout } = options;
  console.log(`Fetching ${total} URLs, at most ${limit} at a time. Ctrl-C stops.\n`);
  await using servers = await Servers.start(seed);
  const urls = Array.from({ length: total }, (_, id) => servers.urlOf(id));
  await using session = await Session.open({ timeout, tries: 3, backoff: 0.1 });
  await watched(session, urls, options);
}

/** The fetches with the progress line, and the summary, even if they are interrupted. */
async function watched(session: Session, urls: string[], options: Options): Promise<void> {
  const loop = getRunningLoop();
  const journal = new Journal(() => loop.time());
  const progress = createTask(showProgress(journal, urls.length, process.stderr));
  let finished = false;
  try {
    await fetchAll(session, urls, options.limit, journal);
    finished = true;
  } finally {
    progress.cancel();
    await wait([progress]); // until it has wiped its line
    console.log(summary(journal, options, !finished, process.stdout).join("\n"));
  }
}
