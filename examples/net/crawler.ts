"use tsyncio";
// Which pages does a site have, and which of its links are dead? Some workers take pages from a queue, and put in what
// those link to.
// Python: aiohttp.ClientSession, asyncio.Queue, TaskGroup. Ctrl-C prints what has been found so far.
// Usage: npm start -- net/crawler URL [PAGES]
import { KeyboardInterrupt, Queue, run, TaskGroup } from "tsyncio";
import { ClientError, ClientSession } from "tsyncio/http-client";
import { isMain } from "../lib/isMain.ts";

const WORKERS = 10;

/** The links of each page; of one that cannot be had, why. */
export type Found = Map<string, string[] | ClientError>;

/** Fills `found`, which has what there is whenever this is cancelled. */
export async function crawl(start: string, found: Found, most = 1000): Promise<void> {
  const { origin, href } = new URL(start);
  const pages = new Queue<string>();
  const seen = new Set<string>();
  const add = (url: string): void => {
    if (seen.size >= most || seen.has(url) || !url.startsWith(`${origin}/`)) return;
    seen.add(url);
    pages.putNowait(url);
  };

  await using session = new ClientSession({ limit: WORKERS, timeout: 10, retry: { attempts: 3 }, maxBody: 1_000_000 });
  const worker = async (): Promise<void> => {
    for (;;) {
      const url = await pages.get();
      try {
        const links = await linksOf(session, url);
        found.set(url, links);
        links.forEach(add);
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        found.set(url, error);
      }
      pages.taskDone();
    }
  };

  add(href);
  await using group = new TaskGroup();
  const workers = Array.from({ length: WORKERS }, () => group.createTask(worker()));
  await pages.join();
  for (const task of workers) task.cancel();
}

async function linksOf(session: ClientSession, url: string): Promise<string[]> {
  await using page = await session.get(url);
  page.raiseForStatus();
  if (!page.headers.get("content-type")?.startsWith("text/html")) return []; // its body is dropped
  const links = [...(await page.text()).matchAll(/<a\s[^>]*href="([^"#]+)/g)];
  return links.map(([, link = ""]) => new URL(link, page.url).href);
}

function report(found: Found, interrupted: boolean): void {
  const dead = [...found].flatMap(([url, error]) => (error instanceof ClientError ? [`${url}: ${error.message}`] : []));
  console.log(`${interrupted ? "interrupted: " : ""}${found.size - dead.length} pages, ${dead.length} dead links`);
  for (const line of dead.sort()) console.log(`  ${line}`);
}

export async function main(start: string, most?: number): Promise<void> {
  const found: Found = new Map();
  let done = false;
  try {
    await crawl(start, found, most);
    done = true;
  } finally {
    report(found, !done);
  }
}

if (isMain(import.meta)) {
  const [start = "http://127.0.0.1:8080/", most = "1000"] = process.argv.slice(2);
  try {
    await run(main(start, Number(most)));
  } catch (error) {
    if (!(error instanceof KeyboardInterrupt)) throw error;
    process.exitCode = 130; // what a shell expects of a program that Ctrl-C has ended
  }
}
