import { ValueError } from "tsyncio";
import { ClientSession, InvalidURL } from "tsyncio/http-client";
import { describe, expect, it } from "vitest";
import { any, errorOf, refuses, simulate } from "../support.ts";
import { ok, sessionTo } from "./support.ts";

const { session } = sessionTo(() => ok(""));
const free = new ClientSession({ fetch: () => ok("") });
/** In a browser they are relative to the page. */
const relative = {
  relative: () => free.get("/x"),
  empty: () => free.get(""),
  "a relative base": () => new ClientSession({ base: "server/" }),
};
const inPage = (globalThis as { location?: unknown }).location !== undefined;
const wrong: never = any({ colour: "red" });

describe("wrong input of the client", () => {
  it("an option that does not exist is a TypeError that names it and the known ones", () =>
    refuses(TypeError, /no option "\w+"(?:\. It has |: did you mean )/, {
      ClientSession: () => new ClientSession(wrong),
      timeout: () => new ClientSession({ timeout: wrong }),
      retry: () => new ClientSession({ retry: wrong }),
      get: () => session.get("/", wrong),
      "get, timeout": () => session.get("/", { timeout: wrong }),
      "get, retry": () => session.get("/", { retry: wrong }),
      "aiohttp's name": () => session.get("/", any({ allow_redirects: false })),
      "fetch's name": () => session.post("/", any({ body: "x" })),
    }));

  it("an option of the wrong type is a TypeError that says what it must be", () =>
    refuses(TypeError, / must be .*, got |^a header|cannot be sent|expects/, {
      limit: () => new ClientSession({ limit: any("10") }),
      fetch: () => new ClientSession({ fetch: any("fetch") }),
      base: () => new ClientSession({ base: any(5) }),
      maxBody: () => new ClientSession({ maxBody: any("1 MB") }),
      timeout: () => new ClientSession({ timeout: any("5s") }),
      "timeout.total": () => new ClientSession({ timeout: { total: any("5s") } }),
      "retry.statuses": () => new ClientSession({ retry: { statuses: any(503) } }),
      headers: () => new ClientSession({ headers: any("a: b") }),
      "headers, a value": () => session.get("/", { headers: any({ a: 1 }) }),
      "headers, a name": () => session.get("/", { headers: { "a b": "1" } }),
      method: () => session.request(any(5), "/"),
      "method, two words": () => session.request("GET /", "/"),
      url: () => session.get(any(undefined)),
      params: () => session.get("/", { params: any("a=1") }),
      "params, a value": () => session.get("/", { params: any({ a: {} }) }),
      json: () => session.post("/", { json: () => {} }),
      data: () => session.post("/", { data: any({ a: 1 }) }),
    }));

  it("a value that cannot be is a ValueError", () =>
    refuses(ValueError, / must |has no body|has one body|pass one of them|fetch does not send TRACE/, {
      "a method that fetch does not send": () => session.request("trace", "/"),
      "limit 0": () => new ClientSession({ limit: 0 }),
      "limit 1.5": () => new ClientSession({ limit: 1.5 }),
      "limit NaN": () => new ClientSession({ limit: Number.NaN }),
      "timeout 0": () => new ClientSession({ timeout: 0 }),
      "timeout -1": () => session.get("/", { timeout: -1 }),
      "timeout NaN": () => session.get("/", { timeout: Number.NaN }),
      "maxBody -1": () => session.get("/", { maxBody: -1 }),
      "retry.attempts": () => new ClientSession({ retry: { attempts: any("3") } }),
      "attempts 0": () => session.get("/", { retry: { attempts: 0 } }),
      "jitter 2": () => session.get("/", { retry: { jitter: 2 } }),
      "delay NaN": () => session.get("/", { retry: { delay: Number.NaN } }),
      "a base without a slash at its end": () => new ClientSession({ base: "http://server/api" }),
      "GET with a body": () => session.get("/", { json: 1 }),
      "two bodies": () => session.post("/", { json: 1, data: "x" }),
      "two sets of credentials": () => free.get("http://a:b@server/", { headers: { Authorization: "c" } }),
    }));

  it("a URL that cannot be used is an InvalidURL, without its credentials", async () => {
    await refuses(InvalidURL, /must be absolute|must begin with http/, {
      ...(inPage ? {} : relative),
      "no host": () => free.get("http://"),
      scheme: () => free.get("ftp://server/"),
      file: () => free.get("file:///etc/passwd"),
    });
    await simulate(function* () {
      for (const url of ["http://ann:secret@server:port/", "http://ann:se/cret@server/?key=secret"]) {
        const error = (yield* errorOf(free.get(url))) as Error;
        expect(error).toBeInstanceOf(InvalidURL);
        expect(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(/se\/?cret/);
      }
    });
  });

  it("a header that cannot be sent is told by its name: its value may be a key", () =>
    simulate(function* () {
      const error = (yield* errorOf(session.get("/", { headers: { authorization: "Bearer secret\nx" } }))) as Error;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain('"authorization"');
      expect(`${error.message} ${String(error.cause)} ${error.stack}`).not.toContain("secret");
    }));

  it("options on Object.prototype are none", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => ok(""));
      const proto = Object.prototype as { data?: string };
      proto.data = "smuggled";
      try {
        yield* session.post("/", {});
      } finally {
        delete proto.data;
      }
      expect(calls[0]?.init.body).toBeUndefined();
    }));

  it("a fetch that returns no response is told so, and keeps no place", () =>
    simulate(function* () {
      for (const answer of [undefined, null, "text", {}, { status: "200" }, { status: 200, body: 5 }]) {
        const odd = new ClientSession({ base: "http://server/", limit: 1, fetch: () => any(answer) });
        for (let i = 0; i < 2; i++) expect(yield* errorOf(odd.get("/"))).toBeInstanceOf(TypeError);
      }
    }));
});
