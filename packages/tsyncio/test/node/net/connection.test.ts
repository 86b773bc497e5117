import { connect } from "node:net";
import { ExceptionGroup, fromPromise, getRunningLoop, sleep, ValueError } from "tsyncio";
import {
  type AddrInfo,
  ConnectionRefusedError,
  createConnection,
  createServer,
  gaierror,
  getaddrinfo,
  getnameinfo,
  OSError,
  openConnection,
  type Server,
} from "tsyncio/net";
import { describe, expect, test } from "vitest";
import { connectRace, interleave } from "../../../src/net/connectRace.ts";
import { errorOf } from "../../support.ts";
import { Notes, portOf, real, until } from "./support.ts";

const listen = (host: string, port = 0) => createServer(() => new Notes(), host, port);

describe("createConnection", () => {
  test("goes on to the next address when one refuses, whichever family it has", () =>
    real(function* () {
      for (const host of ["127.0.0.1", "::1"]) {
        let server: Server;
        try {
          server = yield* listen(host);
        } catch {
          continue; // a machine without IPv6
        }
        const [transport] = yield* createConnection(() => new Notes(), null, portOf(server));
        expect(transport.getExtraInfo("peername")).toEqual([host, portOf(server)]);
        transport.close();
        yield* server.aexit();
      }
    }));

  test("tries the next address after happyEyeballsDelay, while the one before still waits", () =>
    real(function* () {
      // Nothing answers from there: an address of the block that is kept for documents.
      const silent = "192.0.2.1";
      const server = yield* listen("127.0.0.1");
      const targets = [silent, "127.0.0.1"].map((host) => ({ host, port: portOf(server), family: 4 }));
      const loop = getRunningLoop();
      const began = loop.time();
      const socket = yield* connectRace(loop, targets, { delay: 0.05, allErrors: false });
      expect(socket.remoteAddress).toBe("127.0.0.1");
      expect(loop.time() - began).toBeLessThan(2);
      socket.destroy();
      yield* server.aexit();
    }));

  test("takes the families by turns, the first one first", () => {
    const info = (family: 4 | 6, n: number): AddrInfo => ({ family, type: "stream", sockaddr: [`${family}.${n}`, 1] });
    const infos = [info(6, 1), info(6, 2), info(6, 3), info(4, 1), info(4, 2)];
    const order = (count: number) => interleave(infos, count).map(({ sockaddr }) => sockaddr[0]);
    expect(order(1)).toEqual(["6.1", "4.1", "6.2", "4.2", "6.3"]);
    expect(order(2)).toEqual(["6.1", "6.2", "4.1", "6.3", "4.2"]);
    expect(order(0)).toEqual(["6.1", "6.2", "6.3", "4.1", "4.2"]);
  });

  test("where no server listens at all: one error if they are alike, all with allErrors", () =>
    real(function* () {
      const server = yield* listen("127.0.0.1");
      const port = portOf(server);
      yield* server.aexit();
      const make = (options = {}) => createConnection(() => new Notes(), null, port, options);
      expect(yield* errorOf(make())).toBeInstanceOf(Error);
      const group = yield* errorOf(make({ allErrors: true }));
      expect(group).toBeInstanceOf(ExceptionGroup);
      expect((group as ExceptionGroup).exceptions).toHaveLength(2);
      expect(yield* errorOf(make({ family: 4 }))).toBeInstanceOf(ConnectionRefusedError);
    }));

  test("from a local address", () =>
    real(function* () {
      const server = yield* listen("127.0.0.1");
      const options = { localAddr: ["127.0.0.5", 0] } as const;
      const [transport] = yield* createConnection(() => new Notes(), "127.0.0.1", portOf(server), options);
      expect(transport.getExtraInfo<[string, number]>("sockname")[0]).toBe("127.0.0.5");
      transport.close();
      yield* server.aexit();
    }));

  test("over a socket that is connected already", () =>
    real(function* () {
      const server = yield* listen("127.0.0.1");
      const sock = connect(portOf(server), "127.0.0.1");
      yield* fromPromise(new Promise((resolve) => sock.once("connect", resolve)));
      const both = createConnection(() => new Notes(), "127.0.0.1", 1, { sock });
      expect(yield* errorOf(both)).toBeInstanceOf(ValueError);
      const [transport] = yield* createConnection(() => new Notes(), null, null, { sock });
      expect(transport.getExtraInfo("socket")).toBe(sock);
      transport.close();
      yield* server.aexit();
    }));

  test("over a socket that ends with its peer by itself: the protocol decides all the same", () =>
    real(function* () {
      const server = yield* createServer(() => new Notes(), "127.0.0.1", 0);
      const sock = connect({ port: portOf(server), host: "127.0.0.1" });
      const notes = new Notes();
      notes.keepOpen = true;
      const [transport] = yield* createConnection(() => notes, null, null, { sock });
      yield* until(() => String(server).includes("clients=1"));
      server.closeClients();
      yield* until(() => notes.log.includes("eof"));
      yield* sleep(0.01);
      expect(sock.writableEnded).toBe(false);
      transport.close();
      yield* server.aexit();
    }));

  test("a protocol factory that throws leaves no socket", () =>
    real(function* () {
      const server = yield* listen("127.0.0.1");
      const make = () => {
        throw new Error("no protocol");
      };
      expect(String(yield* errorOf(createConnection(make, "127.0.0.1", portOf(server))))).toBe("Error: no protocol");
      server.close();
      yield* server.waitClosed();
    }));
});

describe("names", () => {
  test("getaddrinfo returns the addresses of a host", () =>
    real(function* () {
      expect(yield* getaddrinfo("127.0.0.1", 80)).toEqual([{ family: 4, type: "stream", sockaddr: ["127.0.0.1", 80] }]);
      expect(yield* getaddrinfo("::1", "80", { type: "dgram" })).toEqual([
        { family: 6, type: "dgram", sockaddr: ["::1", 80] },
      ]);
      const local = yield* getaddrinfo("localhost", 1, { family: 4 });
      expect(local[0]?.sockaddr).toEqual(["127.0.0.1", 1]);
      expect((yield* getaddrinfo(null, 1)).map((info) => info.sockaddr[0])).toEqual(["127.0.0.1", "::1"]);
    }));

  test("getaddrinfo throws gaierror for an unknown host, ValueError for a port that is none", () =>
    real(function* () {
      expect(yield* errorOf(getaddrinfo("no-such-host.invalid", 1))).toBeInstanceOf(gaierror);
      for (const port of [-1, 65_536, 1.5])
        expect(yield* errorOf(getaddrinfo("127.0.0.1", port))).toBeInstanceOf(ValueError);
      expect(yield* errorOf(openConnection("127.0.0.1", "http"))).toBeInstanceOf(TypeError);
    }));

  test("getnameinfo returns the names of an address", () =>
    real(function* () {
      const [host, service] = yield* getnameinfo(["127.0.0.1", 22]);
      expect(host.length).toBeGreaterThan(0);
      expect(service.length).toBeGreaterThan(0);
      expect(yield* errorOf(getnameinfo(["localhost", 22]))).toBeInstanceOf(ValueError);
    }));
});

test("a local address of another family than all addresses of the host is an OSError", () =>
  real(function* () {
    const server = yield* listen("127.0.0.1");
    const connected = createConnection(() => new Notes(), "127.0.0.1", portOf(server), { localAddr: ["::1", 0] });
    const error = yield* errorOf(connected);
    expect(error).toBeInstanceOf(OSError);
    expect(String(error)).toContain("no matching local address with family=4 found");
    yield* server.aexit();
  }));
