"use tsyncio";
import { asyncMap, sleep, timeout } from "tsyncio";

/** Fetches the pages, at most `limit` at a time, and returns them in the order of their addresses. */
export async function fetchAll(urls: string[], limit = 3): Promise<string[]> {
  await using _ = timeout(10); // seconds, for all of them
  const pages: string[] = [];
  for await (const page of asyncMap(urls, fetchPage, { limit })) pages.push(page);
  return pages;
}

/** Stands for a request: replace it with `tsyncio/http-client`. */
async function fetchPage(url: string): Promise<string> {
  await sleep(1);
  return `page of ${url}`;
}
