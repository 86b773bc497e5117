import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Coroutine, fromPromise } from "tsyncio";
import {
  openConnection,
  type ServerOptions,
  type StreamReader,
  type StreamWriter,
  startServer,
  startUnixServer,
} from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { bytes, portOf, real, text } from "./support.ts";

/** True if the program is there. */
function has(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const curl = has("curl", "--version");
const openssl = has("openssl", "version");
const python = has("python3", "-c", "import asyncio, ssl");
const nc = has("nc", "-h");

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

/** Runs a program to its end and gives what it has printed. */
function* output(program: string, args: string[], input = ""): Coroutine<string> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (data: string) => (out += data));
  child.stderr.setEncoding("utf8").on("data", (data: string) => (errors += data));
  if (input !== "-") child.stdin.end(input);
  const [code] = yield* fromPromise(once(child, "close"));
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${errors}`);
  return out;
}

/** Starts a program that serves, and waits until it has printed something that matches. */
function* serving(program: string, args: string[], ready: RegExp): Coroutine<[ChildProcess, RegExpExecArray]> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const match = yield* fromPromise(
    new Promise<RegExpExecArray>((resolve, reject) => {
      let printed = "";
      const look = (data: Buffer): void => {
        printed += data.toString();
        const found = ready.exec(printed);
        if (found !== null) resolve(found);
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      child.on("close", () => reject(new Error(`${program}: ${printed}`)));
    }),
  );
  return [child, match];
}

function* stop(child: ChildProcess): Coroutine<void> {
  const closed = once(child, "close");
  child.kill("SIGKILL");
  yield* fromPromise(closed);
}

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

      const folder = mkdtempSync(join(tmpdir(), "tsyncio-curl-"));
      const unix = yield* startUnixServer(http, join(folder, "s"));
      const local = ["-sS", "--unix-socket", join(folder, "s"), "http://localhost/unix"];
      expect(yield* output("curl", local)).toBe("GET /unix with 0 bytes\n");
      yield* unix.aexit();
      rmSync(folder, { recursive: true });
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

describe.skipIf(!nc)("nc", () => {
  test("sends what it is given, and gets the answer", () =>
    real(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          yield* writer.write(yield* reader.readline());
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
      );
      expect(yield* output("nc", ["127.0.0.1", String(portOf(server))], "hello\n")).toBe("hello\n");
      yield* server.aexit();
    }));
});

const PYTHON_CLIENT = `
import asyncio, ssl, sys
async def main():
    port, ca = int(sys.argv[1]), sys.argv[2]
    context = ssl.create_default_context(cafile=ca) if ca else None
    reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
    data = bytes(range(256)) * 4096
    async def send():
        writer.write(data)
        await writer.drain()
        writer.write(b"\\n")
    _, got = await asyncio.gather(send(), reader.readexactly(len(data)))
    print(got == data)
    writer.close()
    await writer.wait_closed()
asyncio.run(main())
`;

const PYTHON_SERVER = `
import asyncio, ssl, sys
async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()
async def main():
    context = None
    if sys.argv[1]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    print("port", server.sockets[0].getsockname()[1], "", flush=True)
    await server.serve_forever()
asyncio.run(main())
`;

describe.skipIf(!python)("Python's asyncio", () => {
  test.each(["TCP", "TLS"])("is a client of a server made here, over %s", (kind) =>
    real(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          for (;;) {
            const data = yield* reader.read(50_000);
            if (data.length === 0) break;
            yield* writer.write(data);
          }
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
        kind === "TLS" ? tls() : {},
      );
      const ca = kind === "TLS" ? certificates.ca.certFile : "";
      expect(yield* output("python3", ["-c", PYTHON_CLIENT, String(portOf(server)), ca])).toBe("True\n");
      yield* server.aexit();
    }),
  );

  test.each(["TCP", "TLS"])("is a server for a client made here, over %s", (kind) =>
    real(function* () {
      const { certFile, keyFile } = kind === "TLS" ? certificates.good : { certFile: "", keyFile: "" };
      const [child, match] = yield* serving("python3", ["-c", PYTHON_SERVER, certFile, keyFile], /port (\d+) /);
      const ssl = kind === "TLS" ? { ca: certificates.ca.cert } : false;
      const [reader, writer] = yield* openConnection("localhost", Number(match[1]), { ssl });
      for (const line of ["one", "two"]) {
        yield* writer.write(bytes(`${line}\n`));
        expect(text(yield* reader.readline())).toBe(`${line.toUpperCase()}\n`);
      }
      yield* writer.aexit();
      yield* stop(child);
    }),
  );

  test("is a client of a unix socket made here", () =>
    real(function* () {
      const folder = mkdtempSync(join(tmpdir(), "tsyncio-python-"));
      const path = join(folder, "s");
      const server = yield* startUnixServer(function* (reader, writer) {
        yield* writer.write(yield* reader.readline());
        yield* writer.aexit();
      }, path);
      const code = `import asyncio
async def main():
    r, w = await asyncio.open_unix_connection(${JSON.stringify(path)})
    w.write(b"hi\\n"); print((await r.read()).decode(), end=""); w.close()
asyncio.run(main())`;
      expect(yield* output("python3", ["-c", code])).toBe("hi\n");
      yield* server.aexit();
      rmSync(folder, { recursive: true });
    }));
});
