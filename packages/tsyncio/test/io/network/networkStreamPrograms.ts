/** Programs with streams, for networkBothWays.test.ts: each returns what it has seen. */

import { asyncWith, createTask, gather, isCancelled, TaskGroup } from "tsyncio";
import {
  type Address,
  getaddrinfo,
  getnameinfo,
  type OSError,
  openConnection,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "tsyncio/net";
import { bytes, portOf, text } from "../../node/net/support.ts";
import { errorOf } from "../../support.ts";

import { moment, nameOf, type Program } from "./networkSupport.ts";

function* echo(reader: StreamReader, writer: StreamWriter) {
  for (let data = yield* reader.read(1000); data.length > 0; data = yield* reader.read(1000)) yield* writer.write(data);
  writer.close();
}

export const streamPrograms: Record<string, Program> = {
  *"lines go there and back, until our side ends"() {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
    yield* writer.write(bytes("one\ntwo\n"));
    const lines = [text(yield* reader.readline()), text(yield* reader.readline())];
    writer.writeEof();
    const rest = text(yield* reader.read());
    writer.close();
    yield* writer.waitClosed();
    server.close();
    yield* server.waitClosed();
    return [lines, rest, reader.atEof(), server.isServing()];
  },

  *"each side tells its names, and its peer's"() {
    const names: unknown[] = [];
    const server = yield* startServer(
      (_reader, writer) => {
        names.push(writer.getExtraInfo("sockname"), writer.getExtraInfo<Address>("peername")[0]);
        writer.close();
      },
      "127.0.0.1",
      0,
    );
    const port = portOf(server);
    const [reader, writer] = yield* openConnection("127.0.0.1", port);
    yield* reader.read();
    yield* writer.aexit();
    const same = (name: unknown): unknown => JSON.parse(JSON.stringify(name).replaceAll(String(port), '"port"'));
    const got = [...names, writer.getExtraInfo("peername"), writer.getExtraInfo<Address>("sockname")[0]].map(same);
    yield* server.aexit();
    return got;
  },

  *"without a host a server listens on the loopbacks, and localhost finds it"() {
    const server = yield* startServer(echo, null, 0);
    const hosts = server.sockets.map((socket) => socket.getsockname()[0]);
    for (const host of [null, "localhost", ...hosts]) {
      const [, writer] = yield* openConnection(host, portOf(server));
      yield* writer.aexit();
    }
    yield* server.aexit();
    return hosts[0]; // a machine may lack IPv6
  },

  *"no server listens"() {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    const port = portOf(server);
    yield* server.aexit();
    const error = (yield* errorOf(openConnection("127.0.0.1", port))) as OSError;
    return [nameOf(error), error.message.replace(String(port), "port"), error.syscall, error.address];
  },

  *"a port is taken, an address is not ours, a name is unknown"() {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    const port = portOf(server);
    const errors = [
      yield* errorOf(startServer(echo, "127.0.0.1", port)),
      yield* errorOf(startServer(echo, "192.0.2.1", 0)),
      yield* errorOf(getaddrinfo("no.such.name.invalid", 80)),
    ];
    yield* server.aexit();
    const again = yield* startServer(echo, "127.0.0.1", port);
    yield* again.aexit();
    return errors.map(nameOf);
  },

  *"drain and read throw when the peer has reset"() {
    const gone: StreamWriter[] = [];
    const server = yield* startServer((_reader, writer) => void gone.push(writer), "127.0.0.1", 0);
    const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
    yield* moment();
    yield* writer.write(bytes("unread"));
    yield* moment();
    gone[0]?.transport.abort();
    yield* moment();
    const end = text(yield* reader.read());
    writer.write(bytes("more"));
    yield* moment();
    writer.write(bytes("and more"));
    yield* moment();
    const errors = [yield* errorOf(writer.drain()), yield* errorOf(writer.waitClosed())];
    writer.close();
    yield* server.aexit();
    return [end, errors.map(nameOf)];
  },

  *"serveForever ends when cancelled, the server is closed then"() {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    const task = createTask(server.serveForever());
    yield* moment();
    const serving = server.isServing();
    task.cancel();
    const error = yield* errorOf(task);
    return [serving, isCancelled(error), server.isServing(), server.sockets.length];
  },

  *"a server that is closed refuses new clients and goes on with the old ones, until closeClients"() {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    const port = portOf(server);
    const [reader, writer] = yield* openConnection("127.0.0.1", port);
    yield* writer.write(bytes("old"));
    yield* reader.readExactly(3);
    server.close();
    const refused = nameOf(yield* errorOf(openConnection("127.0.0.1", port)));
    yield* writer.write(bytes("still"));
    const still = text(yield* reader.readExactly(5));
    server.closeClients();
    const end = text(yield* reader.read());
    yield* server.waitClosed();
    yield* writer.aexit();
    return [refused, still, end];
  },

  *"twenty clients at once"() {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    const client = function* (i: number) {
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      return yield* asyncWith(writer, function* () {
        yield* writer.write(bytes(`client ${i}\n`));
        return text(yield* reader.readline());
      });
    };
    const answers = yield* gather(...Array.from({ length: 20 }, (_, i) => client(i)));
    yield* server.aexit();
    return answers;
  },

  *"names and addresses of this machine"() {
    const family = 4;
    return [
      yield* getaddrinfo("127.0.0.1", 80),
      yield* getaddrinfo("localhost", "81", { family }),
      yield* getaddrinfo(null, 82, { type: "dgram" }),
      (yield* getnameinfo(["127.0.0.1", 65_000]))[0],
    ];
  },

  *"tasks in a group talk over one server"() {
    const log: string[] = [];
    const server = yield* startServer(echo, "127.0.0.1", 0);
    yield* asyncWith(new TaskGroup(), function* (group) {
      for (const name of ["a", "b"]) {
        group.createTask(
          (function* () {
            const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
            for (let i = 0; i < 3; i++) {
              yield* writer.write(bytes(`${name}${i}\n`));
              log.push(text(yield* reader.readline()).trim());
            }
            yield* writer.aexit();
          })(),
        );
      }
    });
    yield* server.aexit();
    return log.sort();
  },
};
