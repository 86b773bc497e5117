import { asyncFor, asyncMap, asyncWith, type Coroutine, sleep, timeout } from "tsyncio";

/** Fetches the pages, at most `limit` at a time, and returns them in the order of their addresses. */
export function* fetchAll(urls: string[], limit = 3): Coroutine<string[]> {
  const pages: string[] = [];
  // Seconds, for all of them.
  yield* asyncWith(timeout(10), function* () {
    yield* asyncFor(asyncMap(urls, fetchPage, { limit }), function* (page) {
      pages.push(page);
    });
  });
  return pages;
}

/** Stands for a request: replace it with `tsyncio/http-client`. */
function* fetchPage(url: string): Coroutine<string> {
  yield* sleep(1);
  return `page of ${url}`;
}
