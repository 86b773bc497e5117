/** Programs with transports and protocols, for networkBothWays.test.ts: each returns what it has seen. */

import { createTask, isCancelled, sleep } from "tsyncio";
import {
  type Address,
  createConnection,
  createDatagramEndpoint,
  createServer,
  DatagramProtocol,
  openConnection,
  Protocol,
} from "tsyncio/net";
import { bytes, Notes, portOf, text } from "../../node/net/support.ts";
import { errorOf } from "../../support.ts";

import { moment, nameOf, type Program } from "./networkSupport.ts";

/** A server whose protocols are kept, and a client's. */
function* pair(make: () => Notes = () => new Notes()) {
  const accepted: Notes[] = [];
  const server = yield* createServer(
    () => {
      const notes = make();
      accepted.push(notes);
      return notes;
    },
    "127.0.0.1",
    0,
  );
  const [transport, client] = yield* createConnection(make, "127.0.0.1", portOf(server));
  yield* moment();
  return { server, transport, client, accepted: accepted[0] as Notes };
}

export const protocolPrograms: Record<string, Program> = {
  *"the protocols hear of it in this order when the client ends its side, and the server answers"() {
    const { server, transport, client, accepted } = yield* pair(() => Object.assign(new Notes(), { keepOpen: true }));
    transport.write(bytes("question"));
    transport.writeEof();
    yield* moment();
    accepted.transport.write(bytes("answer"));
    accepted.transport.close();
    yield* moment();
    yield* server.aexit();
    return [client.log, client.received, client.lost, accepted.log, accepted.received, accepted.lost];
  },

  *"one side closes"() {
    const { server, transport, client, accepted } = yield* pair();
    transport.close();
    yield* moment();
    const closed = [client.transport.isClosing(), accepted.transport.isClosing()];
    yield* server.aexit();
    return [client.log, client.lost, accepted.log, accepted.lost, closed];
  },

  *"one side aborts with a little that it has not been given"() {
    const { server, transport, client, accepted } = yield* pair();
    client.transport.pauseReading();
    accepted.transport.write(bytes("never read"));
    yield* moment();
    client.transport.resumeReading();
    client.transport.pauseReading();
    yield* moment();
    accepted.transport.write(bytes("nor this"));
    yield* moment();
    transport.abort();
    yield* moment();
    yield* server.aexit();
    return [client.log.filter((what) => what !== "data"), client.lost, accepted.log, nameOf(accepted.lost)];
  },

  *"one side aborts with much that it has not read: the other is reset"() {
    const { server, transport, client, accepted } = yield* pair();
    transport.pauseReading();
    accepted.transport.write(new Uint8Array(32 * 1024 * 1024));
    yield* moment();
    transport.abort();
    while (accepted.lost === undefined) yield* sleep(0.01);
    yield* server.aexit();
    return [client.log, client.lost, accepted.log, nameOf(accepted.lost)];
  },

  *"writing to a peer that has gone: the first write is answered by a reset"() {
    const { server, transport, client, accepted } = yield* pair(() => Object.assign(new Notes(), { keepOpen: true }));
    accepted.transport.abort();
    yield* moment();
    transport.write(bytes("are you there?"));
    yield* moment();
    const heard = client.log.includes("lost");
    transport.write(bytes("hello?"));
    yield* moment();
    yield* server.aexit();
    return [client.log, heard, nameOf(client.lost), accepted.log];
  },

  *"a slow reader pauses the writer, and all arrives in the end"() {
    const { server, transport, client, accepted } = yield* pair();
    accepted.transport.pauseReading();
    const chunk = new Uint8Array(1024 * 1024);
    let sent = 0;
    // Until the system takes no more: how much that is differs.
    while (!client.log.includes("pause")) {
      transport.write(chunk);
      sent += chunk.length;
      yield* sleep(0.001);
    }
    const waiting = transport.getWriteBufferSize() > 0;
    accepted.transport.resumeReading();
    while (accepted.received < sent) yield* sleep(0.01);
    yield* moment();
    const empty = transport.getWriteBufferSize();
    transport.close();
    yield* server.aexit();
    return [client.log, accepted.log, waiting, empty, sent === accepted.received];
  },

  *"close sends what is buffered first; abort drops it"() {
    const { server, transport, client, accepted } = yield* pair();
    accepted.transport.pauseReading();
    const size = 16 * 1024 * 1024;
    transport.write(new Uint8Array(size));
    transport.close();
    const open = client.log.includes("lost");
    yield* moment();
    accepted.transport.resumeReading();
    while (client.lost === undefined || accepted.lost === undefined) yield* sleep(0.01);
    yield* server.aexit();
    return [open, client.log, accepted.received === size, accepted.lost];
  },

  *"a connect that is cancelled leaves nothing behind"() {
    let made = 0;
    const server = yield* createServer(() => Object.assign(new Protocol(), { n: ++made }), "127.0.0.1", 0);
    const task = createTask(openConnection("127.0.0.1", portOf(server)));
    yield* sleep(0);
    task.cancel();
    const error = yield* errorOf(task);
    yield* moment();
    yield* server.aexit();
    return isCancelled(error);
  },

  *"a protocol may be changed, and reading paused, while data comes"() {
    const { server, transport, client, accepted } = yield* pair();
    const second = new Notes();
    accepted.transport.setProtocol(second);
    transport.write(bytes("to the second"));
    yield* moment();
    accepted.transport.pauseReading();
    transport.write(bytes("later"));
    yield* moment();
    const before = second.received;
    accepted.transport.resumeReading();
    yield* moment();
    transport.close();
    yield* moment();
    yield* server.aexit();
    return [client.log, accepted.log, second.log, before, second.received];
  },

  *"datagrams go there and back; the names are right"() {
    const [server, echoes] = yield* createDatagramEndpoint(() => new Echo(), { localAddr: ["127.0.0.1", 0] });
    const [, port] = server.getExtraInfo<[string, number]>("sockname");
    const [client, answers] = yield* createDatagramEndpoint(() => new Answers(), { remoteAddr: ["127.0.0.1", port] });
    client.sendto(bytes("hello"));
    client.sendto(bytes(""));
    yield* moment();
    const names = [
      client.getExtraInfo<[string, number]>("peername"),
      client.getExtraInfo<[string, number]>("sockname"),
    ];
    const wrong = yield* errorOf(sendTo(client, ["127.0.0.1", port === 9 ? 10 : 9]));
    server.close();
    yield* moment();
    client.sendto(bytes("anybody?"));
    yield* moment();
    client.close();
    yield* moment();
    const kept = [names[0]?.[0], names[0]?.[1] === port, names[1]?.[0], echoes.log, answers.log];
    return [...kept, (wrong as Error).name];
  },

  *"a bound datagram socket may send to any address, and an address is taken once"() {
    const [one, heard] = yield* createDatagramEndpoint(() => new Answers(), { localAddr: ["127.0.0.1", 0] });
    const address = one.getExtraInfo<[string, number]>("sockname");
    const taken = yield* errorOf(createDatagramEndpoint(() => new Answers(), { localAddr: address }));
    const [two] = yield* createDatagramEndpoint(() => new Answers(), { localAddr: ["0.0.0.0", 0] });
    two.sendto(bytes("a"), address);
    two.sendto(bytes("b"), address);
    two.sendto(bytes("to nobody"), ["127.0.0.1", 1]);
    yield* moment();
    one.close();
    two.abort();
    yield* moment();
    return [nameOf(taken), heard.log];
  },
};

class Echo extends DatagramProtocol {
  readonly log: string[] = [];
  private transport: { sendto(data: Uint8Array, to: readonly [string, number]): void } | null = null;
  override connectionMade(transport: never): void {
    this.transport = transport;
  }
  override datagramReceived(data: Uint8Array, from: Address): void {
    this.log.push(text(data));
    this.transport?.sendto(data, from as readonly [string, number]);
  }
}

class Answers extends DatagramProtocol {
  readonly log: string[] = [];
  override datagramReceived(data: Uint8Array): void {
    this.log.push(text(data));
  }
  override errorReceived(error: Error): void {
    this.log.push(nameOf(error));
  }
  override connectionLost(error: Error | null): void {
    this.log.push(`lost ${error}`);
  }
}

function* sendTo(transport: { sendto(data: Uint8Array, to: readonly [string, number]): void }, to: [string, number]) {
  transport.sendto(bytes("x"), to);
}
