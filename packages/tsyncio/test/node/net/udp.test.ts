import type { Socket } from "node:dgram";
import { createTask, isCancelled, sleep, ValueError } from "tsyncio";
import {
  type Address,
  createDatagramEndpoint,
  DatagramProtocol,
  type DatagramTransport,
  gaierror,
  OSError,
} from "tsyncio/net";
import { describe, expect, test } from "vitest";
import { errorOf, thrownBy } from "../../support.ts";
import { bytes, real, text, until } from "./support.ts";

class Box extends DatagramProtocol {
  readonly got: [string, Address][] = [];
  readonly errors: Error[] = [];
  readonly log: string[] = [];
  transport!: DatagramTransport;
  lost: Error | null | undefined;
  override connectionMade(transport: DatagramTransport): void {
    this.transport = transport;
    this.log.push("made");
  }
  override datagramReceived(data: Uint8Array, address: Address): void {
    this.got.push([text(data), address]);
  }
  override errorReceived(error: Error): void {
    this.errors.push(error);
  }
  override connectionLost(error: Error | null): void {
    this.lost = error;
    this.log.push("lost");
  }
}

const local = { localAddr: ["127.0.0.1", 0] } as const;
const nameOf = (box: Box) => box.transport.getExtraInfo<[string, number]>("sockname");

describe("createDatagramEndpoint", () => {
  test("sends to any address, and receives with the sender's", () =>
    real(function* () {
      const [one, a] = yield* createDatagramEndpoint(() => new Box(), local);
      const [other, b] = yield* createDatagramEndpoint(() => new Box(), local);
      one.sendto(bytes("hello"), nameOf(b));
      yield* until(() => b.got.length === 1);
      expect(b.got).toEqual([["hello", nameOf(a)]]);
      other.sendto(bytes(""), b.got[0]?.[1] as [string, number]);
      yield* until(() => a.got.length === 1);
      expect(a.got).toEqual([["", nameOf(b)]]);
      one.close();
      other.abort();
      yield* until(() => a.lost === null && b.lost === null);
      expect([a.log, b.log]).toEqual([
        ["made", "lost"],
        ["made", "lost"],
      ]);
    }));

  test.each(["close", "abort"])(
    "tells of each datagram that could not be sent, before the end, unless aborted (%s)",
    (how) =>
      real(function* () {
        const [transport, box] = yield* createDatagramEndpoint(() => new Box(), local);
        const count = 4200; // more than datagrams may wait to be received
        const large = new Uint8Array(70_000);
        for (let i = 0; i < count; i++) transport.sendto(large, nameOf(box));
        if (how === "close") transport.close();
        else transport.abort();
        while (box.lost === undefined) yield* sleep(0.01);
        expect(box.errors.length).toBe(how === "close" ? count : 0);
        expect(new Set(box.errors.map((error) => (error as OSError).code))).toEqual(
          new Set(how === "close" ? ["EMSGSIZE"] : []),
        );
        expect(box.log).toEqual(["made", "lost"]);
      }),
  );

  test("tells the errors that have come before close()", () =>
    real(function* () {
      const [transport, box] = yield* createDatagramEndpoint(() => new Box(), local);
      transport.sendto(new Uint8Array(70_000), nameOf(box));
      yield* until(() => (transport as unknown as { getWriteBufferSize(): number }).getWriteBufferSize() === 0);
      transport.close();
      yield* until(() => box.lost === null);
      expect(box.errors.length).toBe(1);
    }));

  test("ends when other code closes its socket", () =>
    real(function* () {
      const [transport, box] = yield* createDatagramEndpoint(() => new Box(), local);
      transport.getExtraInfo<Socket>("socket").close();
      yield* until(() => box.lost === null);
      expect(transport.isClosing()).toBe(true);
      transport.close();
      transport.abort();
    }));

  test("refuses options that do not exist, and reads no inherited ones", () =>
    real(function* () {
      const misspelt = { local_addr: ["127.0.0.1", 0] } as never;
      expect(yield* errorOf(createDatagramEndpoint(() => new Box(), misspelt))).toEqual(
        new TypeError(
          'createDatagramEndpoint has no option "local_addr": did you mean localAddr? ' +
            "It has localAddr, remoteAddr, family, reusePort and allowBroadcast.",
        ),
      );
      const polluted = { localAddr: ["8.8.8.8", 1], address: "8.8.8.8", fd: 0, family: 6, signal: "x", ipv6Only: "x" };
      try {
        for (const [name, value] of Object.entries(polluted)) Reflect.set(Object.prototype, name, value);
        const [transport, box] = yield* createDatagramEndpoint(() => new Box(), { family: 4 });
        expect(nameOf(box)[0]).toBe("0.0.0.0");
        transport.close();
      } finally {
        for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
      }
    }));

  test("with a remote address sends there only, and hears only from there", () =>
    real(function* () {
      const [server, box] = yield* createDatagramEndpoint(() => new Box(), local);
      const [client, mine] = yield* createDatagramEndpoint(() => new Box(), { remoteAddr: nameOf(box) });
      expect(client.getExtraInfo("peername")).toEqual(nameOf(box));
      client.sendto(bytes("ping"));
      yield* until(() => box.got.length === 1);
      server.sendto(bytes("pong"), box.got[0]?.[1] as [string, number]);
      yield* until(() => mine.got.length === 1);
      expect(thrownBy(() => client.sendto(bytes("x"), ["127.0.0.1", 1]))).toBeInstanceOf(ValueError);
      client.close();
      server.close();
    }));

  test("tells errorReceived when no task is there, and goes on", () =>
    real(function* () {
      const [server, box] = yield* createDatagramEndpoint(() => new Box(), local);
      const nowhere = nameOf(box);
      server.close();
      yield* until(() => box.lost === null);
      const [client, mine] = yield* createDatagramEndpoint(() => new Box(), { remoteAddr: nowhere });
      yield* until(() => {
        client.sendto(bytes("x"));
        return mine.errors.length > 0;
      });
      expect(mine.errors[0]).toMatchObject({ code: "ECONNREFUSED" });
      expect(client.isClosing()).toBe(false);
      client.close();
    }));

  test("a datagram that is too long is told errorReceived", () =>
    real(function* () {
      const [server, box] = yield* createDatagramEndpoint(() => new Box(), local);
      server.sendto(new Uint8Array(70_000), nameOf(box));
      yield* until(() => box.errors.length === 1);
      expect(box.errors[0]).toMatchObject({ code: "EMSGSIZE" });
      server.close();
    }));

  test("close() sends what is on the way first", () =>
    real(function* () {
      const [server, box] = yield* createDatagramEndpoint(() => new Box(), local);
      const [client] = yield* createDatagramEndpoint(() => new Box(), { remoteAddr: nameOf(box) });
      for (let i = 0; i < 10; i++) client.sendto(bytes(String(i)));
      client.close();
      yield* until(() => box.got.length === 10);
      server.close();
    }));

  test("abort() drops what waits for the system: what the system takes at once is sent, as in asyncio", () =>
    real(function* () {
      const [server, box] = yield* createDatagramEndpoint(() => new Box(), local);
      for (const remoteAddr of [null, nameOf(box)]) {
        const [client, lost] = yield* createDatagramEndpoint(
          () => new Box(),
          remoteAddr === null ? local : { remoteAddr },
        );
        box.got.length = 0;
        for (let i = 0; i < 3; i++) client.sendto(bytes(String(i)), nameOf(box));
        client.abort();
        yield* until(() => box.got.length === 3 && lost.lost === null);
        expect(lost.errors).toEqual([]);
      }
      server.close();
    }));

  test("a port that is taken, a name that is unknown, no address at all: errors, and nothing stays open", () =>
    real(function* () {
      const [server, box] = yield* createDatagramEndpoint(() => new Box(), local);
      const taken = yield* errorOf(createDatagramEndpoint(() => new Box(), { localAddr: nameOf(box) }));
      expect(taken).toBeInstanceOf(OSError);
      expect(taken).toMatchObject({ code: "EADDRINUSE" });
      const unknown = createDatagramEndpoint(() => new Box(), { remoteAddr: ["no-such-host.invalid", 1] });
      expect(yield* errorOf(unknown)).toBeInstanceOf(gaierror);
      expect(yield* errorOf(createDatagramEndpoint(() => new Box()))).toBeInstanceOf(ValueError);
      expect(thrownBy(() => server.sendto(bytes("x")))).toBeInstanceOf(ValueError);
      server.close();
    }));

  test("cancelled at any turn leaves nothing", () =>
    real(function* () {
      for (let turn = 0; turn < 6; turn++) {
        const task = createTask(createDatagramEndpoint(() => new Box(), local));
        for (let i = 0; i < turn; i++) yield* sleep(0);
        if (task.cancel()) expect(isCancelled(yield* errorOf(task))).toBe(true);
        else (yield* task)[0].close();
      }
    }));

  test("left open by run() is taken along", () =>
    real(function* () {
      yield* createDatagramEndpoint(() => new Box(), local);
    }));
});
