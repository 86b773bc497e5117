/** The client and real servers, on Node, Bun and Deno. */

import type { IncomingMessage, ServerResponse } from "node:http";
import {
  asyncFor,
  asyncGenerator,
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  gather,
  isCancelled,
  run,
  sleep,
  TimeoutError,
  timeout,
} from "tsyncio";
import {
  ClientConnectionError,
  ClientConnectorError,
  ClientPayloadError,
  ClientResponseError,
  ClientSession,
  ServerConnectionError,
  ServerTimeoutError,
  TooManyRedirects,
} from "tsyncio/http-client";
import { describe, expect, test } from "vitest";
import { errorOf } from "../support.ts";
import { routes, type Site, serving, until } from "./httpServers.ts";
import { bytes, pattern, real, same } from "./support.ts";

/** Tells what it was sent. */
function mirror(request: IncomingMessage, response: ServerResponse): void {
  const pieces: Uint8Array[] = [];
  request.on("data", (piece: Uint8Array) => pieces.push(piece));
  request.on("end", () => {
    response.setHeader("content-type", "application/json");
    const body = pieces.map((piece) => new TextDecoder("latin1").decode(piece)).join("");
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
  });
}

interface Mirrored {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

const never = (): void => {};
/** The beginning of a body; the end never comes. */
const begun = (_request: unknown, response: ServerResponse): void => void response.write("the beginning");

/** In a session with a server. */
const visiting = (
  listener: Parameters<typeof serving>[0],
  body: (session: ClientSession, site: Site) => Coroutine<void>,
  options: ConstructorParameters<typeof ClientSession>[0] = {},
) =>
  real(() =>
    serving(listener, (site) =>
      asyncWith(new ClientSession({ base: site.url, ...options }), (session) => body(session, site)),
    ),
  );

describe("requests", () => {
  test("have their method, headers and body, whatever that is made of", () =>
    visiting(routes({ x: mirror }), function* (session) {
      const chunks = asyncGenerator(function* () {
        for (const text of ["a", "b", "c"]) {
          yield* sleep(0.002);
          yield bytes(text);
        }
      });
      const bodies = {
        text: "text",
        bytes: bytes("bytes"),
        buffer: bytes("buffer").buffer as ArrayBuffer,
        form: new URLSearchParams({ a: "1" }),
        blob: new Blob(["blob"]),
        generator: chunks(),
        stream: new Blob(["stream"]).stream(),
      };
      const got: Record<string, string> = {};
      for (const [name, data] of Object.entries(bodies)) {
        const answer = yield* (yield* session.post("x", { data, headers: { "x-a": name } })).json<Mirrored>();
        expect([answer.method, answer.headers["x-a"]]).toEqual(["POST", name]);
        got[name] = answer.body;
      }
      const { generator, ...others } = got;
      expect(generator).toBe("abc");
      expect(others).toEqual({
        text: "text",
        bytes: "bytes",
        buffer: "buffer",
        form: "a=1",
        blob: "blob",
        stream: "stream",
      });
      const form = new FormData();
      form.set("name", "Ann");
      const answer = yield* (yield* session.put("x", { data: form })).json<Mirrored>();
      expect(answer.headers["content-type"]).toMatch(/^multipart\/form-data; ?boundary=/);
      expect(answer.body).toContain("Ann");
      for (const method of ["GET", "DELETE", "OPTIONS", "PATCH"]) {
        expect((yield* (yield* session.request(method, "x")).json<Mirrored>()).method).toBe(method);
      }
      const head = yield* session.head("x");
      expect([head.status, yield* head.text()]).toEqual([200, ""]);
    }));

  test("at most `limit` are under way", () =>
    visiting(
      (_request, response) => void setTimeout(() => response.end("x"), 3),
      function* (session, site) {
        const get = function* () {
          return yield* (yield* session.get("")).text();
        };
        expect(yield* gather(...Array.from({ length: 40 }, get))).toEqual(new Array(40).fill("x"));
        expect(site.mostOpen).toBe(5);
      },
      { limit: 5 },
    ));

  test("are sent again where that may help", () =>
    visiting(
      (_request, response) => {
        response.setHeader("retry-after", "0");
        response.statusCode = ++answers < 3 ? 503 : 200;
        response.end(String(answers));
      },
      function* (session, site) {
        answers = 0;
        expect(yield* (yield* session.get("")).text()).toBe("3");
        expect(site.asked).toBe(3);
        answers = 0;
        expect((yield* session.post("")).status).toBe(503);
        expect(site.asked).toBe(4);
      },
      { retry: { attempts: 5, delay: 0 } },
    ));
});
let answers = 0;

describe("redirects", () => {
  const headers = { Authorization: "Bearer key", Cookie: "c=1", "Proxy-Authorization": "Basic key", "X-Other": "1" };

  test("to another origin take no credentials along, those to the same do", () =>
    real(() =>
      serving(routes({ there: mirror }), (elsewhere) =>
        serving(
          routes({
            here: mirror,
            same: (_request, response) => response.writeHead(302, { location: "/here" }).end(),
            across: (_request, response) => response.writeHead(307, { location: `${elsewhere.url}there` }).end(),
          }),
          (site) =>
            asyncWith(new ClientSession({ base: site.url, headers }), function* (session) {
              const same = yield* session.get("same");
              expect([same.redirected, same.url]).toEqual([true, `${site.url}here`]);
              const { headers: kept } = yield* same.json<Mirrored>();
              expect([kept.authorization, kept["proxy-authorization"], kept["x-other"]]).toEqual([
                "Bearer key",
                "Basic key",
                "1",
              ]);
              const across = yield* session.get("across");
              expect(across.url).toBe(`${elsewhere.url}there`);
              const { headers: sent } = yield* across.json<Mirrored>();
              expect([sent.authorization, sent.cookie, sent["proxy-authorization"], sent["x-other"]]).toEqual([
                undefined,
                undefined,
                undefined,
                "1",
              ]);
              // Those of a URL, and of one request, are credentials too.
              const own = new ClientSession();
              const logins = [
                own.get(`${site.url.replace("//", "//ann:key@")}across`),
                own.get(`${site.url}across`, { headers }),
              ];
              for (const login of logins) {
                expect((yield* (yield* login).json<Mirrored>()).headers.authorization).toBeUndefined();
              }
              own.close();
            }),
        ),
      ),
    ));

  test("that never end are an error", () =>
    visiting(
      routes({ loop: (_request, response) => response.writeHead(302, { location: "/loop" }).end() }),
      function* (session) {
        const error = yield* errorOf(session.get("loop"));
        expect(error).toBeInstanceOf(TooManyRedirects);
        expect((error as Error).message).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/loop: too many redirects$/);
      },
    ));

  test("are returned as they are, if they shall not be followed", () =>
    visiting(
      routes({ old: (_request, response) => response.writeHead(301, { location: "/new" }).end("moved") }),
      function* (session) {
        const response = yield* session.get("old", { allowRedirects: false });
        expect([response.status, response.headers.get("location"), yield* response.text()]).toEqual([
          301,
          "/new",
          "moved",
        ]);
      },
    ));
});

describe("bodies", () => {
  test("come in pieces and in lines, however they are cut", () => {
    const text = "ä\r\nöü\n\nlast, 😀";
    return visiting(
      routes({
        bytewise: (_request, response) => {
          const data = bytes(text);
          const send = (i: number): void => {
            if (i === data.length) return void response.end();
            response.write(data.subarray(i, i + 1), () => setTimeout(send, 0, i + 1));
          };
          send(0);
        },
        large: (_request, response) => void response.end(pattern(3_000_000)),
      }),
      function* (session) {
        const lines: string[] = [];
        yield* asyncFor((yield* session.get("bytewise")).lines(), function* (line) {
          lines.push(line);
        });
        expect(lines).toEqual(["ä", "öü", "", "last, 😀"]);
        same(yield* (yield* session.get("large")).bytes(), pattern(3_000_000));
        let length = 0;
        yield* asyncFor((yield* session.get("large")).chunks(), function* (chunk) {
          length += chunk.byteLength;
        });
        expect(length).toBe(3_000_000);
      },
    );
  });

  test("above the limit are an error, and the server is told to stop", () =>
    visiting(
      routes({
        endless: (_request, response) => {
          const block = new Uint8Array(65_536).fill(120);
          const more = (): void => {
            if (!response.destroyed) response.write(block, () => void setTimeout(more, 0));
          };
          more();
        },
        declared: (_request, response) => {
          response.setHeader("content-length", "1073741824");
          response.write("x");
        },
        exact: (_request, response) => void response.end(new Uint8Array(200_000)),
      }),
      function* (session, site) {
        for (const path of ["endless", "declared"]) {
          const error = yield* errorOf((yield* session.get(path)).text());
          expect(error).toBeInstanceOf(ClientPayloadError);
          expect((error as Error).message).toContain(`/${path} is larger than maxBody, 200000 bytes`);
        }
        const line = yield* errorOf(asyncFor((yield* session.get("endless")).lines(), function* () {}));
        expect((line as Error).message).toContain("a line of the body of GET");
        expect((yield* (yield* session.get("exact")).bytes()).byteLength).toBe(200_000);
        expect(String(yield* errorOf((yield* session.get("exact", { maxBody: 199_999 })).bytes()))).toContain("199999");
        yield* until(() => site.left >= 3 && site.open === 0);
      },
      { maxBody: 200_000 },
    ));

  test("that end too early are an error", () =>
    visiting(
      routes({
        short: (request, response) => {
          response.setHeader("content-length", "100");
          response.write("x", () => setTimeout(() => request.socket.destroy(), 5));
        },
        chunked: (request, response) => {
          response.write("x", () => setTimeout(() => request.socket.destroy(), 5));
        },
      }),
      function* (session) {
        for (const path of ["short", "chunked"]) {
          for (const read of ["text", "bytes", "json"] as const) {
            const response = yield* session.get(path);
            const error = yield* errorOf(response[read]());
            expect(error).toBeInstanceOf(ClientPayloadError);
            expect((error as Error).message).toContain("has not come to its end");
            expect(yield* errorOf(response.text())).toBe(error);
          }
          const lines = (yield* session.get(path)).lines();
          expect(yield* errorOf(asyncFor(lines, function* () {}))).toBeInstanceOf(ClientPayloadError);
        }
      },
    ));
});

describe("servers that do not answer", () => {
  test("because there is none", () =>
    real(function* () {
      const url = yield* serving(never, function* (site) {
        return site.url;
      });
      const session = new ClientSession();
      const error = yield* errorOf(session.get(`${url.replace("//", "//ann:key@")}x?key=1`));
      expect(error).toBeInstanceOf(ClientConnectorError);
      expect((error as Error).message).toContain(`cannot connect to ${new URL(url).host} (`);
      expect(String(error)).not.toContain("key");
    }));

  test("because they hang up", () =>
    visiting(
      (request) => void request.socket.destroy(),
      function* (session) {
        const error = yield* errorOf(session.get("x"));
        expect(error).toBeInstanceOf(ServerConnectionError);
        expect((error as Error).message).toContain("the server has closed the connection before its answer");
      },
    ));

  test("in time", () =>
    visiting(
      routes({ never, begun }),
      function* (session, site) {
        const read = function* (path: string) {
          return yield* (yield* session.get(path)).text();
        };
        for (const path of ["never", "begun"]) {
          expect(yield* errorOf(read(path))).toBeInstanceOf(ServerTimeoutError);
          yield* until(() => site.open === 0);
        }
      },
      { timeout: 0.1 },
    ));
});

describe("what is not waited for any more is dropped at the server too:", () => {
  test("a request that is cancelled, or times out, before its answer", () =>
    visiting(never, function* (session, site) {
      const task = createTask(session.get("x"));
      yield* until(() => site.open === 1);
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      yield* until(() => site.open === 0);
      expect(yield* errorOf(asyncWith(timeout(0.01), () => session.get("x")))).toBeInstanceOf(TimeoutError);
      yield* until(() => site.open === 0);
    }));

  test("a body, when the task that reads it is cancelled", () =>
    visiting(begun, function* (session, site) {
      const reads = {
        text: (response: Reads) => response.text(),
        json: (response: Reads) => response.json(),
        lines: (response: Reads) => asyncFor(response.lines(), function* () {}),
        chunks: (response: Reads) => asyncFor(response.chunks(), function* () {}),
      };
      for (const read of Object.values(reads)) {
        const response = yield* session.get("x");
        const task = createTask(read(response));
        yield* sleep(0.01);
        task.cancel();
        expect(isCancelled(yield* errorOf(task))).toBe(true);
        yield* until(() => site.open === 0);
        const later = yield* errorOf(response.text());
        expect(later).toBeInstanceOf(ClientConnectionError);
      }
    }));

  test("a body, when its response is left, by its block, by close(), by raiseForStatus(), by leaving a loop", () =>
    visiting(
      (request, response) => {
        response.statusCode = request.url === "/404" ? 404 : 200;
        response.write("line\nline\nthe beginning");
      },
      function* (session, site) {
        const left = () => until(() => site.open === 0);
        yield* asyncWith(yield* session.get("x"), function* (response) {
          expect(response.status).toBe(200);
        });
        yield* left();
        (yield* session.get("x")).close();
        yield* left();
        const missing = yield* session.get("404");
        expect(() => missing.raiseForStatus()).toThrow(ClientResponseError);
        yield* left();
        const leave = asyncFor((yield* session.get("x")).lines(), function* (line) {
          throw new Error(line);
        });
        expect(String(yield* errorOf(leave))).toBe("Error: line");
        yield* left();
      },
    ));

  test("what nothing reads, at the end of the session", () =>
    real(() =>
      serving(begun, function* (site) {
        const responses = yield* asyncWith(new ClientSession({ base: site.url }), (session) =>
          gather(session.get("a"), session.get("b"), session.get("c")),
        );
        yield* until(() => site.open === 0 && site.left === 3);
        for (const response of responses) expect(yield* errorOf(response.text())).toBeInstanceOf(ClientConnectionError);
      }),
    ));

  test("what a loop leaves behind, at its end", async () => {
    let arrived!: (site: Site) => void;
    const site = new Promise<Site>((resolve) => {
      arrived = resolve;
    });
    const served = real(() =>
      serving(begun, function* (site) {
        arrived(site);
        yield* until(() => site.asked === 1);
        yield* until(() => site.open === 0);
      }),
    );
    const { url } = await site;
    const session = new ClientSession({ timeout: null });
    expect((await run(session.get(url))).status).toBe(200);
    await served;
  });
});

type Reads = Awaited<ReturnType<ClientSession["get"]>>;
