import { once } from "node:events";
import { type Coroutine, fromPromise } from "tsyncio";
import {
  createDatagramEndpoint,
  DatagramProtocol,
  type DatagramTransport,
  openConnection,
  openUnixConnection,
  type ServerOptions,
  type StreamReader,
  type StreamWriter,
  startServer,
  startUnixServer,
} from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { freePort, has, output, says, serving, stop, withPath } from "./programs.ts";
import { bytes, portOf, real, text, until } from "./support.ts";

const curl = has("curl", "--version");
const openssl = has("openssl", "version");
/** OpenBSD's, as Debian has it: others know no -N or no -U. */
const nc = says(/\[-\w*N\w*U\w*\]/, "nc", "-h");

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

/** Just enough HTTP. */
function* http(reader: StreamReader, writer: StreamWriter) {
  const request = text(yield* reader.readUntil(bytes("\r\n\r\n")));
  const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? 0);
  const body = yield* reader.readExactly(length);
  const answer = `${request.split(" ", 2).join(" ")} with ${body.length} bytes\n`;
  yield* writer.write(
    bytes(`HTTP/1.1 200 OK\r\nContent-Length: ${answer.length}\r\nConnection: close\r\n\r\n${answer}`),
  );
  yield* writer.aexit();
}

const tls = (): ServerOptions => ({ ssl: { cert: certificates.good.cert, key: certificates.good.key } });

describe.skipIf(!curl)("curl", () => {
  test("speaks HTTP with a server made here, over TCP, TLS and a unix socket", () =>
    real(function* () {
      const server = yield* startServer(http, "127.0.0.1", 0);
      const url = `http://127.0.0.1:${portOf(server)}/path`;
      expect(yield* output("curl", ["-sS", url])).toBe("GET /path with 0 bytes\n");
      const body = "x".repeat(1_000_000);
      expect(yield* output("curl", ["-sS", "--data-binary", "@-", url], body)).toBe("POST /path with 1000000 bytes\n");
      yield* server.aexit();

      const secure = yield* startServer(http, "127.0.0.1", 0, tls());
      const trusted = ["-sS", "--cacert", certificates.ca.certFile, `https://localhost:${portOf(secure)}/secret`];
      expect(yield* output("curl", trusted)).toBe("GET /secret with 0 bytes\n");
      yield* secure.aexit();

      yield* withPath(function* (path) {
        const unix = yield* startUnixServer(http, path);
        expect(yield* output("curl", ["-sS", "--unix-socket", path, "http://localhost/unix"])).toBe(
          "GET /unix with 0 bytes\n",
        );
        yield* unix.aexit();
      });
    }));

  test("refuses a server made here whose certificate it does not trust", () =>
    real(function* () {
      const server = yield* startServer(http, "127.0.0.1", 0, tls());
      const args = ["-sS", "-o", "/dev/null", "-w", "%{exitcode}", `https://localhost:${portOf(server)}/`];
      const failure = yield* failed(output("curl", args));
      expect(failure).toContain("ended with 60");
      yield* server.aexit();
    }));
});

function* failed(coro: Coroutine<unknown>): Coroutine<string> {
  try {
    yield* coro;
  } catch (error) {
    return String(error);
  }
  throw new Error("an error was expected");
}

describe.skipIf(!openssl)("openssl", () => {
  test("s_client talks to a server made here", () =>
    real(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          const line = text(yield* reader.readline());
          yield* writer.write(bytes(`you said ${line}`));
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
        tls(),
      );
      const address = `127.0.0.1:${portOf(server)}`;
      const args = ["s_client", "-quiet", "-verify_return_error", "-CAfile", certificates.ca.certFile];
      const got = yield* output("openssl", [...args, "-ign_eof", "-connect", address], "hello\n");
      expect(got).toBe("you said hello\n");
      yield* server.aexit();
    }));

  test("s_client goes on with TLS on a connection that began without, by startTls", () =>
    real(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          yield* writer.write(bytes("220 ready\r\n"));
          yield* reader.readline();
          yield* writer.write(bytes("250-here\r\n250 STARTTLS\r\n"));
          expect(text(yield* reader.readline())).toBe("STARTTLS\r\n");
          yield* writer.write(bytes("220 go\r\n"));
          yield* writer.startTls(tls().ssl as object);
          yield* echoLine(reader, writer);
        },
        "127.0.0.1",
        0,
      );
      const args = ["s_client", "-quiet", "-verify_return_error", "-CAfile", certificates.ca.certFile, "-ign_eof"];
      const address = `127.0.0.1:${portOf(server)}`;
      const got = yield* output("openssl", [...args, "-starttls", "smtp", "-connect", address], "secret\n");
      expect(got).toContain("secret\n");
      yield* server.aexit();
    }));

  test("s_server talks to a client made here", () =>
    real(function* () {
      const { certFile, keyFile } = certificates.good;
      const args = ["s_server", "-accept", "127.0.0.1:0", "-cert", certFile, "-key", keyFile, "-rev", "-tls1_2"];
      const [child, match] = yield* serving("openssl", args, /ACCEPT 127\.0\.0\.1:(\d+)/);
      const ssl = { ca: certificates.ca.cert };
      const [reader, writer] = yield* openConnection("localhost", Number(match[1]), { ssl });
      yield* writer.write(bytes("hello\n"));
      expect(text(yield* reader.readline())).toBe("olleh\n");
      expect(writer.getExtraInfo<string[]>("cipher")[1]).toBe("TLSv1.2");
      yield* writer.aexit();
      yield* stop(child);
    }));
});

/** A line comes back. */
function* echoLine(reader: StreamReader, writer: StreamWriter) {
  yield* writer.write(yield* reader.readline());
  yield* writer.aexit();
}

/** Says it back, and keeps what was said. */
class Echo extends DatagramProtocol {
  readonly heard: string[] = [];
  transport!: DatagramTransport;
  override connectionMade(transport: DatagramTransport): void {
    this.transport = transport;
  }
  override datagramReceived(data: Uint8Array, address: readonly [string, number]): void {
    this.heard.push(text(data));
    this.transport.sendto(data, address);
  }
}

describe.skipIf(!nc)("nc", () => {
  test("is a client of a server made here, over TCP and a unix socket", () =>
    real(function* () {
      const server = yield* startServer(echoLine, "127.0.0.1", 0);
      expect(yield* output("nc", ["127.0.0.1", String(portOf(server))], "hello\n")).toBe("hello\n");
      yield* server.aexit();
      yield* withPath(function* (path) {
        const unix = yield* startUnixServer(echoLine, path);
        expect(yield* output("nc", ["-U", path], "hello\n")).toBe("hello\n");
        yield* unix.aexit();
      });
    }));

  test("is a server for a client made here, over TCP and a unix socket; each side ends by itself", () =>
    real(() =>
      withPath(function* (path) {
        const port = String(yield* freePort());
        for (const where of [
          ["127.0.0.1", port],
          ["-U", path],
        ]) {
          const [child] = yield* serving("nc", ["-vlN", ...where], /Listening/);
          let heard = "";
          child.stdout?.on("data", (data) => (heard += data));
          const closed = once(child, "close");
          const [reader, writer] =
            where[0] === "-U" ? yield* openUnixConnection(path) : yield* openConnection("127.0.0.1", port);
          child.stdin?.end("from nc\n");
          expect(text(yield* reader.read())).toBe("from nc\n");
          writer.write(bytes("after its end\n"));
          writer.writeEof();
          expect(yield* fromPromise(closed)).toEqual([0, null]);
          expect(heard).toBe("after its end\n");
          yield* writer.aexit();
        }
      }),
    ));

  test("sends datagrams, and gets the answer", () =>
    real(function* () {
      const [transport, echo] = yield* createDatagramEndpoint(() => new Echo(), { localAddr: ["127.0.0.1", 0] });
      const [, port] = transport.getExtraInfo<[string, number]>("sockname");
      expect(yield* output("nc", ["-u", "-w1", "127.0.0.1", String(port)], "hello\n")).toBe("hello\n");
      expect(echo.heard).toEqual(["hello\n"]);
      transport.close();
    }));

  test("receives datagrams, and answers", () =>
    real(function* () {
      const port = yield* freePort();
      const [child] = yield* serving("nc", ["-vul", "127.0.0.1", String(port)], /Bound|Listening/);
      const remoteAddr = ["127.0.0.1", port] as const;
      const [transport, echo] = yield* createDatagramEndpoint(() => new Echo(), { remoteAddr });
      transport.sendto(bytes("question\n"));
      yield* fromPromise(once(child.stdout as NonNullable<typeof child.stdout>, "data"));
      child.stdin?.write("answer\n");
      yield* until(() => echo.heard.length === 1);
      expect(echo.heard).toEqual(["answer\n"]);
      transport.close();
      yield* stop(child);
    }));
});
