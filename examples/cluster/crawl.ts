"use tsyncio";
// One program fetches the pages of a site, and the workers of a cluster parse them: of each the title, how many words
// it has, and its links. Waiting for servers needs no processor, parsing does.
// Python: aiohttp with an executor of dask.distributed or ray.
// Usage: npm start -- cluster/crawl URL [PAGES]: by itself; or with workers, on any machine:
//   TSYNCIO_CLUSTER=redis://… npx tsyncio worker examples/cluster/crawl.ts --queue pages
import { run, Semaphore, TaskGroup } from "tsyncio";
import { blocking, isMain } from "tsyncio/executors";
import { ClientError, ClientSession } from "tsyncio/http-client";
import { ClusterExecutor } from "tsyncio-cluster";

export interface Page {
  readonly title: string;
  readonly words: number;
  readonly links: string[];
}

export const parsePage = blocking(import.meta, function parsePage(url: string, html: string): Page {
  const text = html.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ");
  const links = [...html.matchAll(/<a\s[^>]*href="([^"#]+)/gi)].map(([, link = ""]) => new URL(link, url).href);
  return {
    title: /<title>([^<]*)/i.exec(html)?.[1]?.trim() ?? "",
    words: text.split(/\s+/).filter(Boolean).length,
    links: [...new Set(links)],
  };
});

/** The pages that can be reached from the first one, of the same site. */
export async function crawl(start: string, connection: string, most = 1000): Promise<Map<string, Page>> {
  const { origin, href } = new URL(start);
  const pages = new Map<string, Page>();
  const seen = new Set<string>();
  await using session = new ClientSession({ timeout: 10, retry: { attempts: 3 }, maxBody: 1_000_000 });
  // A worker that is gone takes no page along: parsing may be done again.
  await using cluster = new ClusterExecutor({ connection, queue: "pages", retries: 3, timeout: 60 });
  const limit = new Semaphore(20); // pages that are held here at once

  await using group = new TaskGroup();
  const visit = (url: string): void => {
    if (seen.size >= most || seen.has(url) || !url.startsWith(`${origin}/`)) return;
    seen.add(url);
    group.createTask(look(url));
  };
  const look = async (url: string): Promise<void> => {
    await using _ = limit;
    const html = await fetchPage(session, url);
    if (html === null) return;
    const page = await cluster.submit(parsePage, url, html);
    pages.set(url, page);
    page.links.forEach(visit);
  };
  visit(href);
  return pages;
}

async function fetchPage(session: ClientSession, url: string): Promise<string | null> {
  try {
    await using response = await session.get(url);
    response.raiseForStatus();
    return response.headers.get("content-type")?.startsWith("text/html") ? await response.text() : null;
  } catch (error) {
    if (error instanceof ClientError) return null;
    throw error;
  }
}

export async function main(start: string, most: number): Promise<void> {
  const pages = await crawl(start, process.env.TSYNCIO_CLUSTER ?? "embedded", most);
  if (pages.size === 0) console.error(`No page of HTML could be read at ${start}.`);
  for (const [url, { title, words }] of [...pages].sort()) console.log(`${url}  ${title}, ${words} words`);
}

if (isMain(import.meta)) {
  const [start = "http://127.0.0.1:8080/", most = "1000"] = process.argv.slice(2);
  await run(main(start, Number(most)));
}
