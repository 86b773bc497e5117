import { Queue } from "tsyncio";
import {
  createDatagramEndpoint,
  DatagramProtocol,
  openConnection,
  openUnixConnection,
  startServer,
  startUnixServer,
} from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { has, output, serving, stop, withPath } from "./programs.ts";
import { bytes, portOf, real, text } from "./support.ts";

const python = has("python3", "-c", "import asyncio, ssl");
/** StreamWriter.start_tls is from 3.11. */
const upgrading = has("python3", "-c", "import asyncio; asyncio.StreamWriter.start_tls");

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

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

const UNIX_CLIENT = `
import asyncio, sys
async def main():
    reader, writer = await asyncio.open_unix_connection(sys.argv[1])
    writer.write(b"hi\\n")
    print((await reader.read()).decode(), end="")
    writer.close()
asyncio.run(main())
`;

const UNIX_SERVER = `
import asyncio, sys
async def serve(reader, writer):
    writer.write((await reader.readline()).upper())
    writer.close()
async def main():
    server = await asyncio.start_unix_server(serve, sys.argv[1])
    print("ready", flush=True)
    await server.serve_forever()
asyncio.run(main())
`;

const UPGRADING_CLIENT = `
import asyncio, ssl, sys
async def main():
    reader, writer = await asyncio.open_connection("localhost", int(sys.argv[1]))
    writer.write(b"plain\\n")
    print((await reader.readline()).decode().strip(), end=" ")
    await writer.start_tls(ssl.create_default_context(cafile=sys.argv[2]), server_hostname="localhost")
    writer.write(b"secret\\n")
    print((await reader.readline()).decode().strip(), writer.get_extra_info("ssl_object").version())
    writer.close()
    await writer.wait_closed()
asyncio.run(main())
`;

const UPGRADING_SERVER = `
import asyncio, ssl, sys
async def serve(reader, writer):
    writer.write(await reader.readline())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    await writer.start_tls(context)
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], "", flush=True)
    await server.serve_forever()
asyncio.run(main())
`;

const UDP_CLIENT = `
import asyncio, sys
async def main():
    loop = asyncio.get_running_loop()
    answer = loop.create_future()
    class Client(asyncio.DatagramProtocol):
        def connection_made(self, transport): transport.sendto(b"ping")
        def datagram_received(self, data, address): answer.set_result(data)
    transport, _ = await loop.create_datagram_endpoint(Client, remote_addr=("127.0.0.1", int(sys.argv[1])))
    print((await answer).decode())
    transport.close()
asyncio.run(main())
`;

const UDP_SERVER = `
import asyncio
class Server(asyncio.DatagramProtocol):
    def connection_made(self, transport): self.transport = transport
    def datagram_received(self, data, address): self.transport.sendto(data.upper(), address)
async def main():
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    print("port", transport.get_extra_info("sockname")[1], "", flush=True)
    await loop.create_future()
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
        kind === "TLS" ? { ssl: { cert: certificates.good.cert, key: certificates.good.key } } : {},
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

  test("is a client of a unix socket made here, and a server on one", () =>
    real(() =>
      withPath(function* (path) {
        const server = yield* startUnixServer(function* (reader, writer) {
          yield* writer.write(yield* reader.readline());
          yield* writer.aexit();
        }, path);
        expect(yield* output("python3", ["-c", UNIX_CLIENT, path])).toBe("hi\n");
        yield* server.aexit();

        const [child] = yield* serving("python3", ["-c", UNIX_SERVER, path], /ready/);
        const [reader, writer] = yield* openUnixConnection(path);
        yield* writer.write(bytes("one\n"));
        expect(text(yield* reader.readline())).toBe("ONE\n");
        yield* writer.aexit();
        yield* stop(child);
      }),
    ));

  test.skipIf(!upgrading)("goes on with TLS by start_tls, as a client and as a server", () =>
    real(function* () {
      const { cert, key, certFile, keyFile } = certificates.good;
      const server = yield* startServer(
        function* (reader, writer) {
          yield* writer.write(yield* reader.readline());
          yield* writer.startTls({ cert, key });
          yield* writer.write(yield* reader.readline());
          yield* writer.aexit();
        },
        "127.0.0.1",
        0,
      );
      const args = [String(portOf(server)), certificates.ca.certFile];
      expect(yield* output("python3", ["-c", UPGRADING_CLIENT, ...args])).toBe("plain secret TLSv1.3\n");
      yield* server.aexit();

      const [child, match] = yield* serving("python3", ["-c", UPGRADING_SERVER, certFile, keyFile], /port (\d+) /);
      const [reader, writer] = yield* openConnection("localhost", Number(match[1]));
      yield* writer.write(bytes("plain\n"));
      expect(text(yield* reader.readline())).toBe("plain\n");
      yield* writer.startTls({ ca: certificates.ca.cert }, { serverHostname: "localhost" });
      yield* writer.write(bytes("secret\n"));
      expect(text(yield* reader.readline())).toBe("secret\n");
      yield* writer.aexit();
      yield* stop(child);
    }),
  );

  test("exchanges datagrams with an endpoint made here, begun by either", () =>
    real(function* () {
      const heard = new Queue<string>();
      class Echo extends DatagramProtocol {
        override datagramReceived(data: Uint8Array, address: readonly [string, number]): void {
          heard.putNowait(text(data));
          if (address[1] !== python) transport.sendto(bytes(text(data).toUpperCase()), address);
        }
      }
      let python = 0;
      const [transport] = yield* createDatagramEndpoint(() => new Echo(), { localAddr: ["127.0.0.1", 0] });
      const [, port] = transport.getExtraInfo<[string, number]>("sockname");
      expect(yield* output("python3", ["-c", UDP_CLIENT, String(port)])).toBe("PING\n");
      expect(yield* heard.get()).toBe("ping");

      const [child, match] = yield* serving("python3", ["-c", UDP_SERVER], /port (\d+) /);
      python = Number(match[1]);
      transport.sendto(bytes("from here"), ["127.0.0.1", python]);
      expect(yield* heard.get()).toBe("FROM HERE");
      transport.close();
      yield* stop(child);
    }));
});
