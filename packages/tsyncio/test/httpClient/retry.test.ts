import { asyncGenerator, createTask, getRunningLoop, sleep } from "tsyncio";
import { ClientConnectionError, type FetchedResponse, type RetryOptions } from "tsyncio/http-client";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";
import { ok, sessionTo } from "./support.ts";

const busy = (retryAfter?: string): FetchedResponse => ({
  status: 503,
  headers: retryAfter === undefined ? {} : { "retry-after": retryAfter },
  body: "busy",
});
/** No chance. */
const even: RetryOptions = { attempts: 4, delay: 1, factor: 3, jitter: 0 };
const bytes = asyncGenerator(function* () {
  yield new Uint8Array(1);
});

describe("another attempt", () => {
  it("comes after a status that passes, each pause longer than the last", () =>
    simulate(function* () {
      const times: number[] = [];
      const { session } = sessionTo(
        (_call, count) => {
          times.push(getRunningLoop().time());
          return count < 4 ? busy() : ok("at last");
        },
        { retry: even, delay: 0 },
      );
      expect(yield* (yield* session.get("/")).text()).toBe("at last");
      expect(times).toEqual([0, 1, 4, 13]);
    }));

  it("comes after a connection that failed, and after a timeout, which is that of one attempt", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(
        (_call, count) => {
          if (count === 1) throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNRESET" } });
          return ok("at last");
        },
        { retry: even, timeout: 5 },
      );
      const slow = sessionTo(() => ok(""), { retry: { attempts: 2, delay: 1, jitter: 0 }, timeout: 5, delay: 6 });
      expect(yield* (yield* session.get("/")).text()).toBe("at last");
      expect(calls).toHaveLength(2);
      expect(yield* errorOf(slow.session.get("/"))).toBeInstanceOf(ClientConnectionError);
      expect(slow.calls).toHaveLength(2);
      expect(getRunningLoop().time()).toBe(3 + 11);
    }));

  it.each(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])("comes of %s", (method) =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => busy(), { retry: even });
      expect((yield* session.request(method, "/")).status).toBe(503);
      expect(calls).toHaveLength(4);
    }),
  );

  it.each(["POST", "PATCH", "PURGE"])("does not come of %s, which could do something twice", (method) =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => busy(), { retry: even });
      expect((yield* session.request(method, "/", { data: "x" })).status).toBe(503);
      expect(calls).toHaveLength(1);
    }),
  );

  it("does not come where the body is gone with the first", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => busy(), { retry: even });
      yield* session.put("/", { data: bytes() });
      yield* session.put("/", { data: new ReadableStream<Uint8Array>() });
      expect(calls).toHaveLength(2);
      yield* session.put("/", { data: "as often as you like" });
      expect(calls).toHaveLength(6);
    }));

  it("does not come of what does not pass: another status, an error of the program", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(
        ({ url }) => {
          if (url.endsWith("/broken")) throw new RangeError("mine");
          return { status: Number(new URL(url).pathname.slice(1)) };
        },
        { retry: even },
      );
      for (const path of ["200", "404", "500", "501"]) yield* session.get(path);
      expect(yield* errorOf(session.get("broken"))).toBeInstanceOf(RangeError);
      expect(calls).toHaveLength(5);
    }));

  it("is as the request says, or the session", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => ({ status: 500 }), { retry: even });
      yield* session.get("/", { retry: { ...even, attempts: 2, statuses: [500] } });
      expect(calls).toHaveLength(2);
      yield* session.get("/", { retry: null });
      expect(calls).toHaveLength(3);
    }));

  it("has its pause left to chance in part", () =>
    simulate(function* () {
      const { session } = sessionTo((_call, count) => (count % 2 === 1 ? busy() : ok("")), {
        retry: { delay: 10, jitter: 0.5 },
        delay: 0,
      });
      const pauses = new Set<number>();
      for (let i = 0; i < 20; i++) {
        const begin = getRunningLoop().time();
        yield* session.get("/");
        pauses.add(getRunningLoop().time() - begin);
      }
      expect(pauses.size).toBeGreaterThan(1);
      for (const pause of pauses) {
        expect(pause).toBeGreaterThanOrEqual(5);
        expect(pause).toBeLessThanOrEqual(10);
      }
    }));

  it("gives up its place for the pause", () =>
    simulate(function* () {
      const { session } = sessionTo(({ url }, count) => (url.endsWith("/a") && count === 1 ? busy() : ok("")), {
        retry: { delay: 100, jitter: 0, maxDelay: 100 },
        limit: 1,
        delay: 1,
      });
      const first = createTask(session.get("a"));
      yield* sleep(2);
      yield* (yield* session.get("b")).text();
      expect(getRunningLoop().time()).toBe(3);
      yield* first;
      expect(getRunningLoop().time()).toBe(102);
    }));
});

it("a response is closed where `when`, `delay` or a cancellation keeps it from its caller", () =>
  simulate(function* () {
    const { session } = sessionTo(() => busy(), { limit: 1 });
    const fails = (): never => {
      throw new Error("of the program");
    };
    const waits = function* () {
      yield* sleep(1000);
      return true;
    };
    const policies: RetryOptions[] = [{ when: fails }, { delay: fails }, { on: fails }, { delay: () => Number.NaN }];
    for (const retry of policies) expect(yield* errorOf(session.get("/", { retry }))).toBeInstanceOf(Error);
    const waiting = createTask(errorOf(session.get("/", { retry: { when: waits } })));
    yield* sleep(10);
    waiting.cancel();
    yield* waiting;
    expect(String(session)).toBe("<ClientSession http://server/ 0 of 1 under way>");
  }));

describe("Retry-After", () => {
  const waits = (header: () => string, retry: RetryOptions = even) =>
    function* () {
      const { session, calls } = sessionTo((_call, count) => (count === 1 ? busy(header()) : ok("")), {
        retry,
        delay: 0,
      });
      const response = yield* session.get("/");
      return [getRunningLoop().time(), calls.length, response.status] as const;
    };

  it.each([
    ["7", 7],
    ["0", 1],
    [" 7 ", 7],
    ["soon", 1],
    ["-5", 1],
    ["1e1", 1],
    ["", 1],
  ])("%j is waited for, where it is a number of seconds", async (header, seconds) => {
    expect(await simulate(waits(() => header))).toEqual([seconds, 2, 200]);
  });

  it("may be a date", async () => {
    const dateIn = (seconds: number) => () => new Date(Date.now() + seconds * 1000).toUTCString();
    const [time, calls] = await simulate(waits(dateIn(20)));
    expect(calls).toBe(2);
    expect(time).toBeGreaterThan(17); // a date has whole seconds
    expect(time).toBeLessThanOrEqual(20);
    expect(await simulate(waits(dateIn(-1000)))).toEqual([1, 2, 200]);
  });

  it.each(["America/New_York", "Asia/Seoul"])("may be a date without a zone, which is GMT, in %s", async (zone) => {
    const { env } = (globalThis as { process?: { env: Record<string, string | undefined> } }).process ?? { env: {} };
    const { TZ } = env;
    env.TZ = zone;
    try {
      const asctime = () => {
        const [, day, date, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(
          new Date(Date.now() + 20_000).toUTCString(),
        ) as RegExpExecArray;
        return `${day} ${month} ${String(Number(date)).padStart(2)} ${time} ${year}`;
      };
      const [time, calls] = await simulate(waits(asctime));
      expect(calls).toBe(2);
      expect(time).toBeGreaterThan(17);
      expect(time).toBeLessThanOrEqual(20);
    } finally {
      if (TZ === undefined) delete env.TZ;
      else env.TZ = TZ;
    }
  });

  it("that asks for more than maxDelay is not waited for: the response is returned", async () => {
    expect(await simulate(waits(() => "31"))).toEqual([0, 1, 503]);
    expect(await simulate(waits(() => "31", { ...even, maxDelay: 40 }))).toEqual([31, 2, 200]);
    expect(await simulate(waits(() => "9".repeat(400)))).toEqual([0, 1, 503]);
  });
});
