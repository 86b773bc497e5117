/** Where a server listens: TLS, shared ports, IPv6, behind a proxy, and without srvx. */

import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { asyncWith, type Coroutine, createTask, fromPromise, run, sleep } from "tsyncio";
import { type HttpServerOptions, serve } from "tsyncio/http-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Certificates, makeCertificates } from "../net/certificates.ts";
import { type Answer, answer, ask, served, until } from "./support.ts";

describe("TLS", () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = makeCertificates();
  });
  afterAll(() => certificates.remove());

  /** Asks over TLS, on a connection of its own. */
  const askSecurely = (port: number, path = "/"): Coroutine<Answer> =>
    fromPromise(
      (signal) =>
        new Promise<Answer>((resolve, reject) => {
          const options = { port, path, host: "localhost", agent: false, ca: certificates.ca.cert, signal };
          const asked = request(options, (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (part) => {
              text += part;
            });
            response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
          });
          asked.on("error", reject).end();
        }),
    );

  const secure = (port: number) => {
    const socket = connectTls({ port, host: "localhost", ca: certificates.ca.cert });
    let heard = "";
    socket.on("data", (part) => {
      heard += part;
    });
    socket.on("error", () => {});
    const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
    return { socket, closed, heard: () => heard };
  };
  const GET = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

  test.each([
    ["texts", ({ good }: Certificates) => ({ cert: good.cert, key: good.key })],
    ["paths", ({ good }: Certificates) => ({ cert: good.certFile, key: good.keyFile })],
  ])("with certificate and key as %s, which clients check", (_name, tls) =>
    served(
      function* (request) {
        yield* sleep(0.001);
        return new Response(new URL(request.url).protocol);
      },
      function* (server) {
        expect(server.url).toBe(`https://127.0.0.1:${server.port}/`);
        expect(yield* askSecurely(server.port)).toMatchObject({ status: 200, text: "https:" });
        const stranger = new Promise((resolve) => {
          request({ port: server.port, host: "localhost", agent: false }).on("error", resolve).end();
        });
        expect(yield* fromPromise(stranger)).toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
        // What is no TLS ends, and is no report.
        const plain = answer(server.port, "/").catch(({ code }) => code);
        expect(yield* fromPromise(plain)).toBe("ECONNRESET");
      },
      { tls: tls(certificates) },
    ),
  );

  test("a client that leaves is noticed, also by requests that wait behind others", async () => {
    const log: string[] = [];
    await served(
      function* () {
        log.push("began");
        try {
          yield* sleep(1000);
        } finally {
          log.push("ended");
        }
        return new Response();
      },
      function* (server) {
        const { socket } = secure(server.port);
        socket.write(GET.repeat(3));
        yield* until(() => log.length === 3);
        socket.destroy();
        yield* until(() => log.length === 6);
      },
      { tls: certificates.good },
    );
  });

  test("shutdown answers what it cancels, and waits neither for idle connections nor for handshakes", () =>
    served(
      function* (request) {
        if (request.url.endsWith("slow")) yield* sleep(1000);
        return new Response("ok");
      },
      function* (server) {
        const idle = secure(server.port);
        idle.socket.write(GET);
        const fresh = secure(server.port);
        const silent = connectSocket(server.port, "127.0.0.1");
        const halfway = connectSocket(server.port, "127.0.0.1");
        halfway.on("error", () => {}).write(Uint8Array.of(22, 3, 1));
        let handshaken = false;
        fresh.socket.on("secureConnect", () => {
          handshaken = true;
        });
        const asked = createTask(askSecurely(server.port, "/slow"));
        yield* until(() => idle.heard() !== "" && handshaken && /requests=1/.test(String(server)));
        const down = createTask(server.shutdown({ grace: 0.05 }));
        yield* fromPromise(Promise.all([idle.closed, fresh.closed]));
        yield* until(() => silent.readyState === "closed" || silent.destroyed);
        expect(yield* asked).toMatchObject({ status: 503 });
        yield* down;
        halfway.destroy();
      },
      { tls: certificates.good },
    ));

  test("a request that is under way when the server closes is answered", () =>
    served(
      function* () {
        yield* sleep(0.02);
        return new Response("the last one");
      },
      function* (server) {
        const asked = createTask(askSecurely(server.port));
        yield* until(() => /requests=1/.test(String(server)));
        server.close();
        const { text, headers } = yield* asked;
        expect([text, headers.connection]).toEqual(["the last one", "close"]);
        yield* server.waitClosed();
      },
      { tls: certificates.good },
    ));

  test("a handshake that does not come ends after headersTimeout", () =>
    served(
      () => new Response("never"),
      function* (server) {
        const socket = connectSocket(server.port, "127.0.0.1");
        let closed = false;
        socket
          .on("error", () => {})
          .on("close", () => {
            closed = true;
          });
        yield* until(() => closed);
      },
      { tls: certificates.good, headersTimeout: 0.1 },
    ));

  test("a certificate that is not there, or is none, is an error of the caller's", async () => {
    const { good } = certificates;
    const attempt = (tls: HttpServerOptions["tls"]) =>
      run(serve(() => new Response(), { port: 0, ...(tls && { tls }) }));
    await expect(attempt({ cert: "/nowhere/cert.pem", key: good.key })).rejects.toMatchObject({ code: "ENOENT" });
    await expect(attempt({ cert: good.cert, key: good.cert })).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_OSSL/),
    });
    for (const [cert, key] of [
      ["", ""],
      ["", good.key],
      [good.cert, ""],
    ] as const) {
      await expect(attempt({ cert, key })).rejects.toThrow("tls must be { cert, key }");
    }
  });
});

test("two servers share a port by reusePort, and the end of one leaves the other", () =>
  served(
    () => new Response("first"),
    function* (first) {
      const second = yield* serve(() => new Response("second"), { port: first.port, reusePort: true, grace: 0 });
      const heard = new Set<string>();
      yield* asyncWith(second, function* () {
        for (let i = 0; i < 500 && heard.size < 2; i++) heard.add((yield* ask(first, "/")).text);
      });
      expect(heard).toEqual(new Set(["first", "second"]));
      for (let i = 0; i < 5; i++) expect((yield* ask(first, "/")).text).toBe("first");
    },
    { reusePort: true },
  ));

test.each([
  ["::1", /^http:\/\/\[::1\]:\d+\/$/],
  ["localhost", /^http:\/\/(?:127\.0\.0\.1|\[::1\]):\d+\/$/],
  ["::", /^http:\/\/\[::\]:\d+\/$/],
  ["0.0.0.0", /^http:\/\/0\.0\.0\.0:\d+\/$/],
])("hostname %s: url and port are those that it listens on", (hostname, url) =>
  served(
    () => new Response("here"),
    function* (server) {
      expect(server.url).toMatch(url);
      expect(yield* fromPromise(fetch(server.url).then((response) => response.text()))).toBe("here");
    },
    { hostname },
  ),
);

test("an empty hostname, of a variable that is not set, is this machine only", () =>
  served(
    () => new Response("ok"),
    function* (server) {
      expect(server.node?.address()).toMatchObject({ address: "127.0.0.1" });
      yield* ask(server, "/");
    },
    { hostname: "" },
  ));

test("a hostname that is not of this machine is an error of the caller's", async () => {
  const attempt = (hostname: string) => run(serve(() => new Response(), { port: 0, hostname }));
  await expect(attempt("192.0.2.1")).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
  await expect(attempt("no-such-host.invalid")).rejects.toMatchObject({ code: "ENOTFOUND" });
});

describe("behind a proxy", () => {
  const headers = {
    host: "inner:1",
    "x-forwarded-for": "203.0.113.7, 10.0.0.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "example.org",
  };
  const direct = ["127.0.0.1", "http://inner:1/path"];

  test.each<[HttpServerOptions["trustProxy"], string[]]>([
    [undefined, direct],
    [false, direct],
    [["10.0.0.9"], direct], // not the one that has connected
    ["loopback", ["10.0.0.9", "https://example.org/path"]],
    [
      ["127.0.0.1", "10.0.0.9"],
      ["203.0.113.7", "https://example.org/path"],
    ],
    [true, ["203.0.113.7", "https://example.org/path"]],
  ])("trustProxy %o: whose headers name the client, and what it has asked for", (trustProxy, expected) =>
    served(
      (request) => Response.json([request.ip, request.url]),
      function* (server) {
        expect(JSON.parse((yield* ask(server, "/path", { headers })).text)).toEqual(expected);
      },
      trustProxy === undefined ? {} : { trustProxy },
    ),
  );

  test.each(["127.0.0.1, 10.0.0.9", "127.0.0.1", 1, null, [1]])("trustProxy %o is refused", async (trustProxy) => {
    const serving = run(serve(() => new Response(), { port: 0, trustProxy: (trustProxy ?? {}) as never }));
    await expect(serving).rejects.toThrow('trustProxy must be true, false, "loopback" or an array of addresses');
  });
});

test("without the packages that they stand on, the adapters say what to install", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tsyncio-alone-"));
  try {
    await cp(fileURLToPath(new URL("../../../src", import.meta.url)), join(folder, "src"), { recursive: true });
    await writeFile(join(folder, "package.json"), '{ "type": "module", "imports": { "#dev": "./src/base/dev.ts" } }');
    await writeFile(
      join(folder, "main.ts"),
      `import { createServer } from "node:http";
      import { run } from "./src/index.ts";
      import { serve } from "./src/httpServer/index.ts";
      import { acceptWebSockets, connect } from "./src/websocket/node/index.ts";
      import { createPool } from "./src/pg/index.ts";
      const attempts = [
        () => serve(() => new Response()),
        () => connect("ws://127.0.0.1:1/"),
        () => acceptWebSockets(createServer(), function* () {}),
        function* () { createPool(); },
      ];
      for (const attempt of attempts) await run(attempt()).catch((error) => console.log(error.name, error.message));`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", join(folder, "main.ts")]);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "RuntimeError tsyncio/http-server needs the package srvx: npm install srvx",
      "RuntimeError connect needs the package ws: npm install ws",
      "RuntimeError acceptWebSockets needs the package ws: npm install ws",
      "RuntimeError tsyncio/pg needs the package pg, which is not installed: npm install pg",
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
