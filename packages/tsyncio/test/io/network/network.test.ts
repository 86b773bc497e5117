/** Hosts of the simulated network, and what there is besides. */

import { asyncWith, ContextVar, createTask, gather, isCancelled, run, sleep, TimeoutError, timeout } from "tsyncio";
import {
  type Address,
  ConnectionRefusedError,
  createUnixServer,
  gaierror,
  getaddrinfo,
  openConnection,
  openUnixConnection,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "tsyncio/net";
import { explore, NotSimulatedError, SimulatedNetwork, simulate } from "tsyncio/testing";
import { describe, expect, test } from "vitest";
import { main as echoClient } from "../../../../../examples/generators/net/echoClient.ts";
import { main as echoServer } from "../../../../../examples/generators/net/echoServer.ts";
import { bytes, text } from "../../node/net/support.ts";
import { errorOf, thrownBy } from "../../support.ts";
import { ask, echo, forEver, serve, withServer } from "./networkSupport.ts";

describe("hosts", () => {
  test("talk to each other by name and by address, and each has its own", () => {
    const got = simulate(function* () {
      const { net, server } = yield* withServer();
      const client = net.host("client", function* (host) {
        const answers: unknown[] = [host.address];
        for (const where of ["server", server.address]) {
          const [reader, writer] = yield* openConnection(where, 80);
          answers.push(yield* ask(reader, writer, `to ${where}`));
          answers.push(writer.getExtraInfo<Address>("peername"), writer.getExtraInfo<Address>("sockname")[0]);
          yield* writer.aexit();
        }
        return answers;
      });
      const infos = yield* getaddrinfo("client", 1234);
      return [yield* client.join(), infos, server.address, String(server), String(client)];
    });
    expect(got).toEqual([
      ["10.0.0.3", "to server", ["10.0.0.2", 80], "10.0.0.3", "to 10.0.0.2", ["10.0.0.2", 80], "10.0.0.3"],
      [{ family: 4, type: "stream", sockaddr: ["10.0.0.3", 1234] }],
      "10.0.0.2",
      "<SimulatedHost server 10.0.0.2 running>",
      "<SimulatedHost client 10.0.0.3 ended>",
    ]);
  });

  test("the test's own code is a host too, whose loopback is its own", () => {
    simulate(function* () {
      const { net } = yield* withServer();
      const here = yield* startServer(echo, "127.0.0.1", 80);
      const [reader, writer] = yield* openConnection("127.0.0.1", 80);
      expect(yield* ask(reader, writer, "myself")).toBe("myself");
      const other = net.host("other", function* () {
        return (yield* errorOf(openConnection("127.0.0.1", 80))) as Error;
      });
      expect(yield* other.join()).toBeInstanceOf(ConnectionRefusedError);
      // Nor is what listens on a loopback heard by others.
      const third = net.host("third", function* () {
        return (yield* errorOf(openConnection("test", 80))) as Error;
      });
      expect(yield* third.join()).toBeInstanceOf(ConnectionRefusedError);
      yield* writer.aexit();
      yield* here.aexit();
    });
  });

  test("an address and port are taken once, also by what stands for all addresses", () => {
    simulate(function* () {
      const net = new SimulatedNetwork();
      const host = net.host("host", function* (self) {
        const taken: boolean[] = [];
        for (const [first, second] of [
          ["", "0.0.0.0"],
          ["0.0.0.0", ""],
          ["0.0.0.0", "127.0.0.1"],
          ["127.0.0.1", "0.0.0.0"],
          [self.address, self.address],
          ["127.0.0.1", "::1"],
          ["127.0.0.1", self.address],
          ["0.0.0.0", "::"],
        ] as const) {
          const server = yield* startServer(echo, first, 80);
          try {
            const other = yield* startServer(echo, second, 80);
            yield* other.aexit();
            taken.push(false);
          } catch (error) {
            expect(error).toMatchObject({ name: "OSError", code: "EADDRINUSE" });
            taken.push(true);
          }
          yield* server.aexit();
        }
        return taken;
      });
      expect(yield* host.join()).toEqual([true, true, true, true, true, false, false, false]);
    });
  });

  test("may all listen on the same port", () => {
    simulate(function* () {
      const net = new SimulatedNetwork();
      const say = (name: string) => (_reader: StreamReader, writer: StreamWriter) => {
        writer.write(bytes(name));
        writer.close();
      };
      for (const name of ["a", "b", "c"]) {
        net.host(name, function* () {
          const server = yield* startServer(say(name), null, 80);
          const everywhere = yield* startServer(say(`${name}!`), "", 81);
          yield* gather(server.serveForever(), everywhere.serveForever());
        });
      }
      yield* sleep(0.1);
      for (const name of ["a", "b", "c"]) {
        const [reader, writer] = yield* openConnection(name, 81);
        expect(text(yield* reader.read())).toBe(`${name}!`);
        yield* writer.aexit();
      }
    });
  });

  test("the echo server and client of the examples run as they are", () => {
    const lines: unknown[] = [];
    const log = console.log;
    console.log = (line) => void lines.push(line);
    try {
      simulate(function* () {
        const net = new SimulatedNetwork();
        const machine = net.host("machine", function* () {
          const server = createTask(echoServer(8888));
          yield* sleep(1);
          const line = yield* echoClient(8888, "Hello!");
          server.cancel();
          expect(isCancelled(yield* errorOf(server))).toBe(true);
          return line;
        });
        expect(yield* machine.join()).toBe("Hello!");
      });
    } finally {
      console.log = log;
    }
    expect(lines).toEqual([
      "serving on 127.0.0.1,8888",
      "send: Hello!",
      "127.0.0.1:49152 has connected",
      "received: Hello!",
      "127.0.0.1:49152 has left",
    ]);
  });

  test("join returns main's result as often as it is asked, throws its error, and its cancellation leaves the host alone", () => {
    simulate(function* () {
      const net = new SimulatedNetwork();
      const good = net.host("good", function* () {
        yield* sleep(1);
        return 42;
      });
      const bad = net.host("bad", function* () {
        yield* sleep(1);
        throw new RangeError("no");
      });
      const error = yield* errorOf(asyncWith(timeout(0.5), () => good.join()));
      expect(error).toBeInstanceOf(TimeoutError);
      expect([yield* good.join(), yield* good.join()]).toEqual([42, 42]);
      expect(yield* errorOf(bad.join())).toBeInstanceOf(RangeError);
    });
  });

  test("an error that no task joins is found by explore", () => {
    const { failure } = explore(
      function* () {
        new SimulatedNetwork().host("bad", function* () {
          yield* sleep(1);
          throw new RangeError("no");
        });
        yield* sleep(2);
      },
      { throws: false, iterations: 10 },
    );
    expect(failure?.kind).toBe("lost exception");
    expect(failure?.error).toMatchObject({ cause: { name: "RangeError" } });
  });

  test("hosts end when main ends: they are no leaked tasks, and their finally does not run", () => {
    const log: string[] = [];
    const main = function* () {
      const net = new SimulatedNetwork();
      net.host("server", function* () {
        createTask(forEver(log, "task"));
        yield* forEver(log, "main");
      });
      yield* sleep(1);
    };
    expect(explore(main, { iterations: 20 }).failure).toBe(null);
    simulate(main);
    expect(log).toEqual([]);
  });

  test("what main leaves open is closed with the loop", () => {
    simulate(function* () {
      yield* withServer();
      const server = yield* startServer(echo, "127.0.0.1", 80);
      for (const host of ["server", "127.0.0.1"]) {
        const [, writer] = yield* openConnection(host, 80);
        writer.write(bytes("never read"));
      }
      yield* sleep(1);
      expect(server.isServing()).toBe(true);
    });
  });

  test("the tasks of a host see the context variables of the test", () => {
    const variable = new ContextVar<string>("variable");
    simulate(function* () {
      const net = new SimulatedNetwork();
      variable.set("outer");
      const host = net.host("host", function* () {
        const seen = variable.get();
        variable.set("inner");
        return [seen, yield* createTask(read(variable))];
      });
      expect(yield* host.join()).toEqual(["outer", "inner"]);
      expect(variable.get()).toBe("outer");
    });
  });

  test("a name is given once, and must be known", () => {
    simulate(function* () {
      const { net } = yield* withServer();
      for (const name of ["server", "test", "localhost"]) {
        expect(thrownBy(() => net.host(name, () => serve()))).toMatchObject({ name: "ValueError" });
      }
      expect(thrownBy(() => net.host("", () => serve()))).toBeInstanceOf(TypeError);
      expect(thrownBy(() => net.host("x", serve() as never))).toBeInstanceOf(TypeError);
      expect(thrownBy(() => net.partition("server", "nobody"))).toMatchObject({ name: "ValueError" });
      const error = yield* errorOf(openConnection("nobody", 80));
      expect(error).toBeInstanceOf(gaierror);
      expect((error as Error).message).toContain("the simulated hosts are test, server");
      expect(yield* errorOf(openConnection("8.8.8.8", 80))).toMatchObject({ code: "ENETUNREACH" });
    });
  });
});

function* read(variable: ContextVar<string>) {
  yield* sleep(0);
  return variable.get();
}

describe("what is not simulated", () => {
  test("TLS and unix sockets are refused", () => {
    simulate(function* () {
      yield* withServer();
      const [, writer] = yield* openConnection("server", 80);
      const refused = [
        openConnection("server", 80, { ssl: true }),
        startServer(echo, "0.0.0.0", 443, { ssl: { key: "", cert: "" } }),
        writer.startTls(true, { serverHostname: "server" }),
        openUnixConnection("/no/such/socket"),
        createUnixServer(() => new (class {})() as never, "/no/such/socket"),
      ];
      for (const one of refused) expect(yield* errorOf(one)).toBeInstanceOf(NotSimulatedError);
      yield* writer.aexit();
    });
  });

  test("without a simulated network there is none", () => {
    simulate(function* () {
      const refused = [
        openConnection("localhost", 80),
        openConnection("127.0.0.1", 80),
        startServer(echo, "127.0.0.1", 0),
        getaddrinfo("localhost", 80),
        openUnixConnection("/no/such/socket"),
      ];
      for (const one of refused) {
        const error = (yield* errorOf(one)) as Error;
        expect(error).toBeInstanceOf(NotSimulatedError);
        expect(error.message).toContain("new SimulatedNetwork()");
      }
    });
  });

  test("there is no simulated network in real time, and no second one", async () => {
    await run(
      (function* () {
        expect(thrownBy(() => new SimulatedNetwork())).toMatchObject({ name: "RuntimeError" });
      })(),
    );
    simulate(function* () {
      new SimulatedNetwork();
      expect(thrownBy(() => new SimulatedNetwork())).toMatchObject({ name: "RuntimeError" });
    });
  });
});
