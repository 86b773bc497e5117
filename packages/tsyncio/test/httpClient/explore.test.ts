/**
 * `explore` over a session whose server is a function: it finds the planted race of a cache, and none in the repaired
 * one.
 */

import { asyncWith, type Coroutine, createTask, gather, shield, sleep, type Task } from "tsyncio";
import { ClientSession, type FetchedResponse, ServerTimeoutError } from "tsyncio/http-client";
import { explore, replay } from "tsyncio/testing";
import { describe, expect, it } from "vitest";
import { errorOf, thrownBy } from "../support.ts";

interface Cache {
  get(path: string): Coroutine<string>;
}

function* load(session: ClientSession, path: string): Coroutine<string> {
  return yield* (yield* session.get(path)).text();
}

/** Looks, then asks: two that miss at once both ask. */
class Naive implements Cache {
  private readonly pages = new Map<string, string>();
  private readonly session: ClientSession;

  constructor(session: ClientSession) {
    this.session = session;
  }

  *get(path: string): Coroutine<string> {
    const known = this.pages.get(path);
    if (known !== undefined) return known;
    const page = yield* load(this.session, path);
    this.pages.set(path, page);
    return page;
  }
}

/** Keeps what it has asked: the second waits for the first one's answer. */
class Fixed implements Cache {
  private readonly questions = new Map<string, Task<string>>();
  private readonly session: ClientSession;

  constructor(session: ClientSession) {
    this.session = session;
  }

  *get(path: string): Coroutine<string> {
    let question = this.questions.get(path);
    if (question === undefined) {
      question = createTask(load(this.session, path));
      this.questions.set(path, question);
    }
    return yield* shield(question);
  }
}

/** Two visitors; the second usually comes when the page is there. */
const visits = (CacheClass: new (session: ClientSession) => Cache) =>
  function* (): Coroutine<void> {
    let asked = 0;
    const fetch = function* (url: string): Coroutine<FetchedResponse> {
      asked++;
      yield* sleep(0.1);
      return { status: 200, body: `page ${new URL(url).pathname}` };
    };
    yield* asyncWith(new ClientSession({ base: "http://server/", fetch, limit: 2 }), function* (session) {
      const cache = new CacheClass(session);
      const first = createTask(cache.get("news"), { name: "Ann" });
      yield* sleep(0.15);
      const second = createTask(cache.get("news"), { name: "Bob" });
      for (const page of yield* gather(first, second)) if (page !== "page /news") throw new Error(`got ${page}`);
    });
    if (asked > 1) throw new Error(`the server was asked ${asked} times`);
  };

describe("a cache in front of a session", () => {
  it.each([1, 2, 3])("that asks twice is found within 10,000 schedules, and played again (seed %i)", (seed) => {
    const { failure } = explore(visits(Naive), { seed, timeMs: null, throws: false });
    expect(failure?.schedule ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(10_000);
    expect(failure?.report).toContain("the server was asked 2 times");
    expect(String(thrownBy(() => replay(visits(Naive), failure?.token as string)))).toContain("asked 2 times");
  });

  it("that asks once is never flagged", () => {
    for (const seed of [1, 2, 3]) explore(visits(Fixed), { seed, timeMs: null });
  });
});

it("a session of one place serves all, whichever is cancelled, and times out the ones it must, in every order", () => {
  explore(
    function* () {
      const fetch = function* (url: string): Coroutine<FetchedResponse> {
        yield* sleep(url.endsWith("/slow") ? 100 : 0.1);
        return { status: 200, body: "x" };
      };
      yield* asyncWith(new ClientSession({ base: "http://server/", fetch, limit: 1, timeout: 5 }), function* (session) {
        const slow = createTask(errorOf(session.get("slow")));
        const left = createTask(load(session, "a"));
        const served = createTask(load(session, "b"));
        yield* sleep(0.05);
        left.cancel();
        yield* errorOf(left);
        if ((yield* served) !== "x") throw new Error("not served");
        if (!((yield* slow) instanceof ServerTimeoutError)) throw new Error("not timed out");
        if (!String(session).includes("0 of 1")) throw new Error(String(session));
      });
    },
    { seed: 1, iterations: 2000, timeMs: null },
  );
});
