"use tsyncio";
// What vitest calls is native code: each test runs as a task, on the loop for native callers.
import { createServer as createSocketServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { createTask, sleep, wait } from "tsyncio";
import { openConnection } from "tsyncio/net";
import { SimulatedNetwork, simulate } from "tsyncio/testing";
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

/** Runs the body while the server serves, which it says, then cancels it: it must end. */
async function beside(server: Promise<void>, body: () => Promise<void>): Promise<void> {
  const before = printed.length;
  const task = createTask(server);
  while (printed.length === before) await sleep(0.001);
  await body();
  task.cancel();
  await wait([task]);
  expect(task.cancelled()).toBe(true);
}

describe("the examples of clients and servers", () => {
  it("echoServer and echoClient talk to each other", async () => {
    const port = await freePort();
    await beside(echoServer(port), async () => {
      expect(await echoClient(port, "Hello!")).toBe("Hello!");
    });
    expect(printed).toEqual([
      `serving on 127.0.0.1,${port}`,
      expect.stringContaining("has connected"),
      "send: Hello!",
      "received: Hello!",
      expect.stringContaining("has left"),
    ]);
  });

  it("echoServer and echoClient run on a simulated network as they are", () => {
    simulate(async () => {
      const machine = new SimulatedNetwork().host("machine", async () => {
        const server = createTask(echoServer(8888));
        await sleep(1);
        const line = await echoClient(8888, "Hello!");
        server.cancel();
        await wait([server]);
        return line;
      });
      expect(await machine.join()).toBe("Hello!");
    });
    expect(printed).toEqual([
      "serving on 127.0.0.1,8888",
      "send: Hello!",
      "127.0.0.1:49152 has connected",
      "received: Hello!",
      "127.0.0.1:49152 has left",
    ]);
  });

  it("chatServer brings what one says to all the others", async () => {
    const port = await freePort();
    await beside(chatServer(port), async () => {
      const join = async (name: string) => {
        const [reader, writer] = await openConnection("127.0.0.1", port);
        await reader.readUntil(encode("? "));
        await writer.write(encode(`${name}\n`));
        return { writer, line: async () => decode(await reader.readline()) };
      };
      const ada = await join("ada");
      const bob = await join("bob");
      expect(await ada.line()).toBe("* bob has joined, 2 here\n");
      const eve = await join("eve");
      expect(await ada.line()).toBe("* eve has joined, 3 here\n");
      await ada.writer.write(encode("hello\n"));
      expect([await bob.line(), await bob.line()]).toEqual(["* eve has joined, 3 here\n", "<ada> hello\n"]);
      expect(await eve.line()).toBe("<ada> hello\n");
      await bob.writer.aexit();
      expect(await ada.line()).toBe("* bob has left\n");
      await ada.writer.aexit();
      await eve.writer.aexit();
    });
  });

  it("portScanner finds the open ports", async () => {
    const server = createSocketServer((socket) => socket.on("error", () => {}));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const found = await scan(Math.max(1, port - 300), Math.min(65_535, port + 300), 20);
    expect(found).toContain(port);
    server.close();
  });

  it("proxy carries both directions, and passes the end on", async () => {
    const [port, proxyPort] = [await freePort(), await freePort()];
    await beside(echoServer(port), async () => {
      await beside(proxy(proxyPort, "127.0.0.1", port), async () => {
        const [reader, writer] = await openConnection("127.0.0.1", proxyPort);
        const big = new Uint8Array(2 ** 20).fill(5);
        const send = async () => {
          await writer.write(big);
          writer.writeEof();
        };
        const sending = createTask(send());
        expect(await reader.read()).toEqual(big);
        await sending;
        await writer.aexit();
      });
    });
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
    await tlsClient("localhost", port, certificates.ca.certFile);
    await tlsClient("localhost", port);
    await new Promise((resolve) => server.close(resolve));
    certificates.remove();
    expect(printed[0]).toMatch(/^good, valid until .*, TLS_AES_\w+ TLSv1\.3$/);
    expect(printed[1]).toBe("HTTP/1.1 204 No Content");
    expect(printed[2]).toContain("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });
});
