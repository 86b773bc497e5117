import { createServer as createSocketServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type Coroutine, createTask, fromPromise, isCancelled, run, sleep, type Task } from "tsyncio";
import { openConnection } from "tsyncio/net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Certificates, makeCertificates } from "../../packages/tsyncio/test/node/net/certificates.ts";
import { main as chatServer } from "./chatServer.ts";
import { main as echoClient } from "./echoClient.ts";
import { main as echoServer } from "./echoServer.ts";
import { scan } from "./portScanner.ts";
import { main as proxy } from "./proxy.ts";
import { main as tlsClient } from "./tlsClient.ts";

let printed: string[] = [];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((line) => void printed.push(String(line)));
});
afterEach(() => vi.restoreAllMocks());

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (data: Uint8Array): string => new TextDecoder().decode(data);

/** A port that is free just now. */
async function freePort(): Promise<number> {
  const server = createSocketServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs the body while the server serves, then cancels it: it must end. */
function* beside(server: Coroutine<void>, body: () => Coroutine<void>): Coroutine<void> {
  const task = createTask(server);
  yield* sleep(0.05);
  yield* body();
  yield* cancelled(task);
}

function* cancelled(task: Task<void>): Coroutine<void> {
  task.cancel();
  try {
    yield* task;
  } catch (error) {
    if (!isCancelled(error)) throw error;
  }
}

describe("the examples of clients and servers", () => {
  it("echoServer and echoClient talk to each other", async () => {
    const port = await freePort();
    await run(
      beside(echoServer(port), function* () {
        expect(yield* echoClient(port, "Hello!")).toBe("Hello!");
      }),
    );
    expect(printed).toEqual([
      `serving on 127.0.0.1,${port}`,
      expect.stringContaining("has connected"),
      "send: Hello!",
      "received: Hello!",
      expect.stringContaining("has left"),
    ]);
  });

  it("chatServer brings what one says to all the others", async () => {
    const port = await freePort();
    await run(
      beside(chatServer(port), function* () {
        const join = function* (name: string) {
          const [reader, writer] = yield* openConnection("127.0.0.1", port);
          yield* reader.readUntil(encode("? "));
          yield* writer.write(encode(`${name}\n`));
          yield* sleep(0.02);
          return {
            writer,
            line: function* () {
              return decode(yield* reader.readline());
            },
          };
        };
        const ada = yield* join("ada");
        const bob = yield* join("bob");
        const eve = yield* join("eve");
        expect(yield* ada.line()).toBe("* bob has joined, 2 here\n");
        expect(yield* ada.line()).toBe("* eve has joined, 3 here\n");
        yield* ada.writer.write(encode("hello\n"));
        expect([yield* bob.line(), yield* bob.line()]).toEqual(["* eve has joined, 3 here\n", "<ada> hello\n"]);
        expect(yield* eve.line()).toBe("<ada> hello\n");
        yield* bob.writer.aexit();
        expect(yield* ada.line()).toBe("* bob has left\n");
        yield* ada.writer.aexit();
        yield* eve.writer.aexit();
      }),
    );
  });

  it("portScanner finds the open ports", async () => {
    const server = createSocketServer((socket) => socket.on("error", () => {}));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const found = await run(scan(Math.max(1, port - 300), Math.min(65_535, port + 300), 20));
    expect(found).toContain(port);
    server.close();
  });

  it("proxy carries both directions, and passes the end on", async () => {
    const [port, proxyPort] = [await freePort(), await freePort()];
    await run(
      beside(echoServer(port), () =>
        beside(proxy(proxyPort, "127.0.0.1", port), function* () {
          const [reader, writer] = yield* openConnection("127.0.0.1", proxyPort);
          const big = new Uint8Array(2 ** 20).fill(5);
          const sending = createTask(
            (function* () {
              yield* writer.write(big);
              writer.writeEof();
            })(),
          );
          expect(yield* reader.read()).toEqual(big);
          yield* sending;
          yield* writer.aexit();
        }),
      ),
    );
  });

  it("tlsClient shows the certificate, and refuses one that is not to be trusted", async () => {
    const certificates: Certificates = makeCertificates();
    const { cert, key } = certificates.good;
    const server = createTlsServer({ cert, key }, (socket) => {
      socket.on("error", () => {}).once("data", () => socket.end("HTTP/1.1 204 No Content\r\n\r\n"));
    });
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await run(
      (function* () {
        yield* tlsClient("localhost", port, certificates.ca.certFile);
        yield* tlsClient("localhost", port);
        yield* fromPromise(new Promise((resolve) => server.close(resolve)));
      })(),
    );
    certificates.remove();
    expect(printed[0]).toMatch(/^good, valid until .*, TLS_AES_\w+ TLSv1\.3$/);
    expect(printed[1]).toBe("HTTP/1.1 204 No Content");
    expect(printed[2]).toContain("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });
});
