import { createServer as createSocketServer, type Socket } from "node:net";
import { type Coroutine, createTask, fromPromise, ValueError } from "tsyncio";
import { connectAcceptedSocket, openConnection } from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { bytes, Notes, real, text, until } from "./support.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

/** A server of node:net, and the socket that it has accepted. */
function* accepting<T>(body: (port: number, socket: () => Coroutine<Socket>) => Coroutine<T>): Coroutine<T> {
  const sockets: Socket[] = [];
  const server = createSocketServer({ pauseOnConnect: true }, (socket) => sockets.push(socket));
  yield* fromPromise(new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  try {
    return yield* body((server.address() as { port: number }).port, function* () {
      yield* until(() => sockets.length > 0);
      return sockets.shift() as Socket;
    });
  } finally {
    server.close();
  }
}

class Upper extends Notes {
  override dataReceived(data: Uint8Array): void {
    super.dataReceived(data);
    this.transport.write(bytes(text(data).toUpperCase()));
  }
}

describe("connectAcceptedSocket", () => {
  test("returns a connection that other code has accepted to a protocol", () =>
    real(() =>
      accepting(function* (port, socket) {
        const [reader, writer] = yield* openConnection("127.0.0.1", port);
        writer.write(bytes("sent before\n"));
        const accepted = yield* socket();
        const [transport, upper] = yield* connectAcceptedSocket(() => new Upper(), accepted);
        expect(transport.getExtraInfo("socket")).toBe(accepted);
        expect(text(yield* reader.readline())).toBe("SENT BEFORE\n");
        yield* writer.aexit();
        yield* until(() => upper.lost === null);
        expect(upper.log).toEqual(["made", "data", "eof", "lost"]);
      }),
    ));

  test("is the server's side of TLS", () =>
    real(() =>
      accepting(function* (port, socket) {
        const { cert, key } = certificates.good;
        const client = createTask(openConnection("localhost", port, { ssl: { ca: certificates.ca.cert } }));
        const [transport] = yield* connectAcceptedSocket(() => new Upper(), yield* socket(), { ssl: { cert, key } });
        const [reader, writer] = yield* client;
        expect(transport.getExtraInfo<string[]>("cipher")[1]).toBe("TLSv1.3");
        writer.write(bytes("secret\n"));
        expect(text(yield* reader.readline())).toBe("SECRET\n");
        yield* writer.aexit();
      }),
    ));

  test("refuses what is no socket, and times of TLS without TLS", () =>
    real(() =>
      accepting(function* (port, socket) {
        expect(yield* errorOf(connectAcceptedSocket(() => new Notes(), {} as Socket))).toBeInstanceOf(TypeError);
        const [, writer] = yield* openConnection("127.0.0.1", port);
        const accepted = yield* socket();
        const odd = connectAcceptedSocket(() => new Notes(), accepted, { sslHandshakeTimeout: 1 });
        expect(yield* errorOf(odd)).toBeInstanceOf(ValueError);
        accepted.destroy();
        yield* writer.aexit();
      }),
    ));
});
