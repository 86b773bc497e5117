import {
  asyncWith,
  CancelledError,
  createTask,
  gather,
  getRunningLoop,
  RuntimeError,
  run,
  sleep,
  TimeoutError,
} from "tsyncio";
import {
  ClientConnectionError,
  ClientError,
  ClientResponseError,
  ClientSession,
  ContentTypeError,
  ServerConnectionError,
  ServerDisconnectedError,
  ServerTimeoutError,
} from "tsyncio/http-client";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";
import { ok, sessionTo } from "./support.ts";

describe("a request", () => {
  it.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ])("%s that is answered with %i has no body, whatever length its headers tell", (method, status) =>
    simulate(function* () {
      const { session } = sessionTo(() => ({ status, headers: { "content-length": "5000000000" } }));
      const response = yield* session.request(method, "/");
      expect(String(session)).toContain(" 0 of 100 ");
      expect(yield* response.text()).toBe("");
      expect(response.headers.get("content-length")).toBe("5000000000");
    }),
  );

  it.each([undefined, null, 0, ""])("whose fetch fails with %s fails", (value) =>
    simulate(function* () {
      const { session } = sessionTo(() => {
        throw value;
      });
      expect(yield* errorOf(session.get("/"))).toBeInstanceOf(TypeError);
      expect(String(session)).toContain(" 0 of 100 ");
    }),
  );

  it("has the method, the URL below the base, the query, the headers and the body it was asked for", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => ok(""), {
        base: "http://server/api/",
        headers: { "X-A": "1", "X-B": "1" },
      });
      yield* session.get("users?first=1", { params: { page: 2, all: true, name: "a b" } });
      yield* session.post("users", { json: { name: "Ann" }, headers: { "x-b": "2" } });
      yield* session.put(new URL("http://server/other"), { data: "text" });
      yield* session.request("purge", "/", { data: new URLSearchParams({ a: "1" }) });
      const seen = calls.map(({ url, init }) => [init.method, url, init.headers.get("x-b"), String(init.body ?? "")]);
      expect(seen).toEqual([
        ["GET", "http://server/api/users?first=1&page=2&all=true&name=a+b", "1", ""],
        ["POST", "http://server/api/users", "2", '{"name":"Ann"}'],
        ["PUT", "http://server/other", "1", "text"],
        ["PURGE", "http://server/", "1", "a=1"],
      ]);
      expect(calls[1]?.init.headers.get("content-type")).toBe("application/json");
      expect(calls.every(({ init }) => init.headers.get("x-a") === "1")).toBe(true);
    }));

  it("has headers for a fetch of the program's own, though none were named", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => ok(""));
      yield* session.get("http://server/");
      expect(calls.map(({ init }) => [...init.headers])).toEqual([[]]);
    }));

  it("takes the credentials of a URL as a header, and names them nowhere", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => ({ status: 500 }), { base: "http://ann:p%40ss@server/" });
      const response = yield* session.get("x?key=secret");
      expect(calls[0]?.url).toBe("http://server/x?key=secret");
      expect(calls[0]?.init.headers.get("authorization")).toBe(`Basic ${btoa("ann:p@ss")}`);
      let error: unknown;
      try {
        response.raiseForStatus();
      } catch (raised) {
        error = raised;
      }
      for (const text of [
        String(error),
        String(response),
        String(session),
        JSON.stringify([error, response, session]),
      ]) {
        expect(text).not.toMatch(/p@ss|p%40ss|ann/);
      }
      expect((error as Error).message).toBe("GET http://server/x?…: 500");
      // Node prints the properties of an error that nothing catches.
      expect(JSON.stringify([error, response, session])).not.toContain("secret");
      expect((error as ClientResponseError).url).toBe("http://server/x?key=secret");
    }));

  it("to another origin than the base's has no credentials of the session", () =>
    simulate(function* () {
      const headers = { Authorization: "A", Cookie: "C", "Proxy-Authorization": "P", "X-Kept": "K" };
      const { session, calls } = sessionTo(() => ok(""), { headers });
      yield* session.get("http://other/");
      yield* session.get("http://other/", { headers: { authorization: "own" } });
      yield* session.get("/");
      const sent = calls.map(({ init }) =>
        ["authorization", "proxy-authorization", "x-kept"].map((n) => init.headers.get(n)),
      );
      expect(sent).toEqual([
        [null, null, "K"],
        ["own", null, "K"],
        ["A", "P", "K"],
      ]);
    }));

  it.each([
    ["http://server/", false],
    ["http://server:443/", false],
    ["https://server:8443/", false],
    ["//server:8443/", false],
    ["//other/", false],
    ["https://server.other/", false],
    ["https://sub.server/", false],
    ["https://server@other/", false],
    ["\\\\other/", false],
    ["https://server:443/", true],
    ["https://SERVER/", true],
    ["../../x", true],
    ["/\t/x", false],
  ])("to %j, from a base on https, has the credentials of the base and the session: %s", (url, same) =>
    simulate(function* () {
      const headers = { Authorization: "A", Cookie: "C", "Proxy-Authorization": "P" };
      const { session, calls } = sessionTo(() => ok(""), { base: "https://server/api/", headers });
      yield* session.get(url);
      const sent = calls[0]?.init.headers;
      expect([sent?.has("proxy-authorization"), sent?.has("cookie")]).toEqual([same, same]);
      expect(sent?.get("authorization") === "A").toBe(same);
      const login = sessionTo(() => ok(""), { base: "https://ann:key@server/api/" });
      yield* login.session.get(url.includes("@") ? "//other/" : url);
      expect(login.calls[0]?.init.headers.has("authorization")).toBe(same && !/^https?:/.test(url));
    }),
  );

  it("is not made by a session that is closed", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => ok(""));
      yield* asyncWith(session, function* () {});
      expect(session.closed).toBe(true);
      expect(yield* errorOf(session.get("/"))).toBeInstanceOf(RuntimeError);
      expect(calls).toEqual([]);
    }));
});

describe("a response", () => {
  it("has status, reason, headers and URL, and its body as bytes, text and value, as often as it is asked", () =>
    simulate(function* () {
      const { session } = sessionTo(() => ({
        status: 201,
        statusText: "Created",
        headers: { "X-A": "1" },
        url: "http://server/after",
        redirected: true,
        body: '{"a":"ä"}',
      }));
      const response = yield* session.get("/");
      expect([response.status, response.reason, response.ok, response.url]).toEqual([
        201,
        "Created",
        true,
        "http://server/after",
      ]);
      expect([response.method, response.headers.get("x-a"), response.redirected]).toEqual(["GET", "1", true]);
      expect(yield* response.json()).toEqual({ a: "ä" });
      expect(yield* response.text()).toBe('{"a":"ä"}');
      expect((yield* response.bytes()).byteLength).toBe(10);
    }));

  it("of a status from 400 on is not ok, and raiseForStatus() throws what it was", () =>
    simulate(function* () {
      const { session } = sessionTo(({ url }) => ({
        status: Number(new URL(url).pathname.slice(1)),
        statusText: "Why",
      }));
      for (const status of [200, 304, 399]) expect((yield* session.get(String(status))).raiseForStatus().ok).toBe(true);
      for (const status of [400, 404, 503]) {
        const response = yield* session.get(String(status));
        expect(response.ok).toBe(false);
        expect(() => response.raiseForStatus()).toThrow(ClientResponseError);
        expect(() => response.raiseForStatus()).toThrow(`GET http://server/${status}: ${status} Why`);
      }
    }));

  it("decodes text by the charset of its content type", () =>
    simulate(function* () {
      const { session } = sessionTo(({ url }) => ({
        status: 200,
        headers: { "content-type": `text/plain; charset=${new URL(url).pathname.slice(1)}` },
        body: new Uint8Array([0xe4]),
      }));
      expect(yield* (yield* session.get("iso-8859-1")).text()).toBe("ä");
      expect(yield* (yield* session.get("utf-8")).text()).toBe("�");
      expect(yield* (yield* session.get("no-such-charset")).text()).toBe("�");
    }));

  it("that is not JSON is a ContentTypeError, which says what it is", () =>
    simulate(function* () {
      const { session } = sessionTo(() => ({ status: 200, headers: { "content-type": "text/html" }, body: "<h1>" }));
      const error = yield* errorOf((yield* session.get("/")).json());
      expect(error).toBeInstanceOf(ContentTypeError);
      expect((error as Error).message).toBe("GET http://server/: the body is not JSON (text/html)");
    }));
});

describe("the limit", () => {
  it("is how many requests are under way at a time; one ends when its body is read, or dropped", () =>
    simulate(function* () {
      let now = 0;
      let most = 0;
      const { session } = sessionTo(() => ok("x"), { limit: 3 });
      const one = function* (i: number) {
        const response = yield* session.get("/");
        most = Math.max(most, ++now);
        yield* sleep(i % 3);
        now--;
        if (i % 2 === 0) yield* response.text();
        else response.close();
      };
      yield* gather(...Array.from({ length: 20 }, (_, i) => one(i)));
      expect(most).toBe(3);
    }));

  it("is not used up by responses without a body, nor by errors", () =>
    simulate(function* () {
      const { session } = sessionTo(
        ({ url }) => {
          if (url.endsWith("/fail")) throw new TypeError("fetch failed");
          return url.endsWith("/empty")
            ? { status: 204 }
            : { status: 200, headers: { "content-length": "0" }, body: null };
        },
        { limit: 1 },
      );
      for (const path of ["empty", "fail", "nothing", "fail", "empty"]) {
        if (path === "fail") expect(yield* errorOf(session.get(path))).toBeInstanceOf(ClientConnectionError);
        else yield* session.get(path);
      }
    }));

  it("counts a request that is cancelled no longer", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => ok("x"), { limit: 1, delay: 10 });
      const first = createTask(session.get("/"));
      const second = createTask(session.get("/"));
      yield* sleep(1);
      second.cancel(); // it waits for its place
      first.cancel();
      yield* sleep(0);
      yield* (yield* session.get("/")).text();
      expect(getRunningLoop().time()).toBe(11);
      expect(calls).toHaveLength(2);
      expect(calls[0]?.init.signal.aborted).toBe(true);
    }));

  it("is not used up by requests that cannot be sent, nor by their retries", () =>
    simulate(function* () {
      const { session } = sessionTo(() => ok("x"), { limit: 1, retry: { attempts: 3 } });
      const bad = [
        () => session.get("ftp://server/"),
        () => session.get("/", { headers: { a: "a\nb" } }),
        () => session.get("/", { retry: { attempts: 0 } }),
        () => session.get("/", { data: "x" }),
        () => session.post("/", { json: () => {} }),
      ];
      for (const request of bad) expect(yield* errorOf(request())).toBeInstanceOf(Error);
      expect(yield* (yield* session.get("/")).text()).toBe("x");
      expect(String(session)).toContain("0 of 1 under way");
    }));

  it("keeps what a request sends from being made before it has its place, but for a source, which is closed", () =>
    // On real time: the platform closes its stream in a turn of its own.
    run(
      (function* () {
        const { session } = sessionTo(() => ok("x"), { limit: 1, delay: 0.01 });
        let cancelled = false;
        const source = new ReadableStream<Uint8Array>({
          cancel: () => {
            cancelled = true;
          },
        });
        const first = createTask(session.get("/"));
        const params = new URLSearchParams();
        const waiting = createTask(session.get("/", { params }));
        const upload = createTask(session.post("/", { data: source }));
        yield* sleep(0);
        params.set("added", "while it waits");
        upload.cancel();
        expect(yield* errorOf(upload)).toBeInstanceOf(CancelledError);
        expect(cancelled).toBe(true);
        yield* (yield* first).text();
        expect((yield* waiting).url).toBe("http://server/?added=while+it+waits");
      })(),
    ));

  it("is one of each loop that uses the session, one after the other", async () => {
    const { session } = sessionTo(() => ok("x"), { limit: 2 });
    for (let i = 0; i < 2; i++) {
      await simulate(function* () {
        const read = function* () {
          return yield* (yield* session.get("/")).text();
        };
        expect(yield* gather(...Array.from({ length: 5 }, read))).toEqual(new Array(5).fill("x"));
        expect(getRunningLoop().time()).toBe(3);
      });
    }
  });
});

describe("the timeout", () => {
  it("ends a request with an error that is a ServerTimeoutError and a TimeoutError", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => ok("x"), { timeout: 5, delay: 100 });
      const error = yield* errorOf(session.get("/"));
      expect(getRunningLoop().time()).toBe(5);
      for (const cls of [
        ServerTimeoutError,
        TimeoutError,
        ServerConnectionError,
        ClientConnectionError,
        ClientError,
        Error,
      ]) {
        expect(error).toBeInstanceOf(cls);
      }
      for (const cls of [ServerDisconnectedError, ClientResponseError, CancelledError])
        expect(error).not.toBeInstanceOf(cls);
      expect((error as Error).message).toBe("GET http://server/: not done within timeout, 5 seconds");
      expect(calls[0]?.init.signal.reason).toBe(error);
    }));

  it("has a part for the headers, and an own value for a request", () =>
    simulate(function* () {
      const { session } = sessionTo(() => ok("x"), { timeout: { total: 50, headers: 2 }, delay: 10 });
      expect(String(yield* errorOf(session.get("/")))).toContain("within timeout.headers, 2 seconds");
      expect(getRunningLoop().time()).toBe(2);
      yield* (yield* session.get("/", { timeout: null })).text();
      expect(getRunningLoop().time()).toBe(12);
      expect(yield* errorOf(session.get("/", { timeout: 1 }))).toBeInstanceOf(TimeoutError);
    }));

  it("does not run while a request waits for its place", () =>
    simulate(function* () {
      const { session } = sessionTo(() => ok("x"), { timeout: 3, delay: 2, limit: 1 });
      const get = function* () {
        return yield* (yield* session.get("/")).text();
      };
      expect(yield* gather(get(), get(), get(), get())).toEqual(["x", "x", "x", "x"]);
      expect(getRunningLoop().time()).toBe(8);
    }));

  it("drops a body that is not read, and its place is free", () =>
    simulate(function* () {
      const { session } = sessionTo(() => ok("x"), { timeout: 5, delay: 1, limit: 1 });
      const forgotten = yield* session.get("/");
      yield* session.get("/");
      expect(getRunningLoop().time()).toBe(6);
      expect(yield* errorOf(forgotten.text())).toBeInstanceOf(ServerTimeoutError);
    }));

  it("does not hide that the task was cancelled in the same turn", () =>
    simulate(function* () {
      const { session } = sessionTo(() => ok("x"), { timeout: 5, delay: 100 });
      const task = createTask(session.get("/"));
      getRunningLoop().callAt(5, () => task.cancel());
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect(task.cancelled()).toBe(true);
    }));
});

describe("the end of a session", () => {
  it("ends what is under way: requests fail, bodies that are not read are dropped", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => ok("x"), { delay: 2 });
      const unread = yield* session.get("/");
      const late = createTask(session.get("/"));
      yield* asyncWith(session, function* () {
        yield* sleep(1);
      });
      expect(calls.map(({ init }) => init.signal.aborted)).toEqual([true, true]);
      for (const wait of [late, unread.text()]) {
        const error = yield* errorOf(wait);
        expect(error).toBeInstanceOf(ClientConnectionError);
        expect((error as Error).message).toBe("GET http://server/: the session was closed");
      }
    }));

  it("drops nothing that has been read", () =>
    simulate(function* () {
      const { session, calls } = sessionTo(() => ok("x"));
      const response = yield* session.get("/");
      yield* response.text();
      session.close();
      expect(yield* response.text()).toBe("x");
      expect(calls[0]?.init.signal.aborted).toBe(false);
    }));
});

describe("the platform's fetch", () => {
  it("answers a data: URL", async () => {
    const page = await run(
      (function* () {
        return yield* asyncWith(new ClientSession(), function* (session) {
          const response = yield* session.get("data:application/json,[1,2]");
          return [response.status, response.headers.get("content-type")?.slice(0, 16), yield* response.json()];
        });
      })(),
    );
    expect(page).toEqual([200, "application/json", [1, 2]]);
  });

  it("is waited for by native code too", async () => {
    const session = new ClientSession();
    const response = await session.get("data:text/plain,hello");
    expect(await response.text()).toBe("hello");
    const lines: string[] = [];
    for await (const line of (await session.get("data:text/plain,a%0Ab")).lines()) lines.push(line);
    expect(lines).toEqual(["a", "b"]);
    session.close();
  });
});
