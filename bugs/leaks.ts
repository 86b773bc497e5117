/** A task waits at a channel that no other comes to any more. */

import { createTask, gather, RuntimeError } from "tsyncio";
import { type Bug, bug } from "./bug.ts";
import { after, Channel, Context, receiveFrom, select, sendTo } from "./helpers/channel.ts";
import { io, quiet } from "./helpers/io.ts";

const GO_BENCH = "GoBench (CGO'21)";

const moby33781 = bug(
  {
    name: "moby-33781",
    source: `https://github.com/moby/moby/pull/33781, ${GO_BENCH}`,
    story: "The monitor that is told to stop returns, and the probe it has started cannot hand over its result.",
    finds: "leaked task",
  },
  function* monitor(fixed) {
    const stop = new Channel<never>("stop");
    const results = new Channel<string>("results", fixed ? 1 : 0);

    function* probe() {
      yield* io(1);
      yield* results.send("healthy");
    }
    function* watch() {
      createTask(probe(), { name: "probe" });
      yield* select(receiveFrom(stop), receiveFrom(results));
    }
    function* stopLater() {
      yield* io(1.5);
      stop.close();
    }
    yield* gather(watch(), stopLater());
    yield* quiet();
  },
);

const cockroach10790 = bug(
  {
    name: "cockroach-10790",
    source: `https://github.com/cockroachdb/cockroach/pull/10790, ${GO_BENCH}`,
    story:
      "A replica that waits for the commands before its own gives up when its context is cancelled, and leaves those " +
      "alone that would tell it that they are done.",
    finds: "leaked task",
  },
  function* beginCommands(fixed) {
    const context = new Context();
    const earlier = [1, 2].map((n) => new Channel<void>(`command ${n}`, fixed ? 1 : 0));

    function* command(channel: Channel<void>, milliseconds: number) {
      yield* io(milliseconds);
      yield* channel.send();
    }
    function* begin() {
      for (const channel of earlier) {
        const { index } = yield* select(receiveFrom(channel), receiveFrom(context.done));
        if (index === 1) return;
      }
    }
    function* client() {
      yield* io(2.5);
      context.cancel();
    }
    for (const [i, channel] of earlier.entries()) createTask(command(channel, i + 1));
    yield* gather(begin(), client());
    yield* quiet();
  },
);

const etcd6857 = bug(
  {
    name: "etcd-6857",
    source: `https://github.com/etcd-io/etcd/pull/6857, ${GO_BENCH}`,
    story: "The status of a raft node is asked for through a channel that is not read once the node has stopped.",
    finds: "deadlock",
  },
  function* raftNode(fixed) {
    const stop = new Channel<void>("stop");
    const done = new Channel<never>("done");
    const requests = new Channel<Channel<string>>("requests");

    function* run() {
      for (;;) {
        const { index, value } = yield* select(receiveFrom(requests), receiveFrom(stop));
        if (index === 1) break;
        yield* (value as Channel<string>).send("leader");
      }
      done.close();
    }
    function* status() {
      yield* io(1);
      const answer = new Channel<string>("answer", 1);
      const ask = sendTo(requests, answer);
      const { index } = fixed ? yield* select(ask, receiveFrom(done)) : yield* select(ask);
      return index === 0 ? yield* answer.receive() : "stopped";
    }
    function* stopNode() {
      yield* io(1.5);
      yield* stop.send();
      yield* done.receive();
    }
    yield* gather(run(), status(), stopNode());
  },
);

const kubernetes5316 = bug(
  {
    name: "kubernetes-5316",
    source: `https://github.com/kubernetes/kubernetes/pull/5316, ${GO_BENCH}`,
    story: "A request that times out returns, and the function that works for it cannot hand over what it has found.",
    finds: "leaked task",
  },
  function* apiServer(fixed) {
    const results = new Channel<string>("results", fixed ? 1 : 0);

    function* work() {
      yield* io(4);
      yield* results.send("created");
    }
    function* finishRequest() {
      createTask(work(), { name: "work" });
      const { index } = yield* select(receiveFrom(results), receiveFrom(after(5)));
      return index === 0 ? "201" : "504";
    }
    yield* finishRequest();
    yield* quiet();
  },
);

const grpc660 = bug(
  {
    name: "grpc-660",
    source: `https://github.com/grpc/grpc-go/pull/660, ${GO_BENCH}`,
    story: "The client of a benchmark stops between two answers, and its workers wait forever to report theirs.",
    finds: "leaked task",
  },
  function* benchmarkClient(fixed) {
    const stop = new Channel<never>("stop");
    const done = new Channel<number>("done");

    function* worker(id: number) {
      yield* io(1 + id / 2); // the call
      if (fixed) yield* select(sendTo(done, id), receiveFrom(stop));
      else yield* done.send(id);
    }
    function* collect() {
      for (let answers = 0; answers < 2; answers++) {
        const { index } = yield* select(receiveFrom(stop), receiveFrom(done));
        if (index === 0) return;
      }
    }
    function* stopLater() {
      yield* io(1.8);
      stop.close();
    }
    for (const id of [0, 1]) createTask(worker(id));
    yield* gather(collect(), stopLater());
    yield* quiet();
  },
);

const cockroach13197 = bug(
  {
    name: "cockroach-13197",
    source: `https://github.com/cockroachdb/cockroach/pull/13197, ${GO_BENCH}`,
    story:
      "A transaction begins with a task that waits for the end of its context. When the connection is found broken, " +
      "the transaction is given up and its context is never cancelled.",
    finds: "leaked task",
  },
  function* transaction(fixed) {
    let connected = true;

    function* awaitDone(context: Context) {
      yield* context.done.receive();
    }
    function* transact() {
      const context = new Context();
      createTask(awaitDone(context));
      yield* io(1); // BEGIN
      if (!connected) {
        if (fixed) context.cancel();
        return;
      }
      context.cancel(); // committed
    }
    function* disconnect() {
      yield* io(1.5);
      connected = false;
    }
    yield* gather(transact(), disconnect());
    yield* quiet();
  },
);

const grpc1424 = bug(
  {
    name: "grpc-1424",
    source: `https://github.com/grpc/grpc-go/pull/1424, ${GO_BENCH}`,
    story:
      "Dialling waits until the watcher of the load balancer has seen a first address. A balancer that is closed " +
      "before ends the watcher, silently.",
    finds: "deadlock",
  },
  function* dial(fixed) {
    const addresses = new Channel<string>("addresses");
    const ready = new Channel<never>("ready");
    const closing = new Channel<never>("closing");

    function* watcher() {
      const first = yield* addresses.receive();
      if (first !== undefined || fixed) ready.close();
      if (first === undefined) return;
      yield* addresses.receive(); // undefined: closed
    }
    function* resolver() {
      const stopped = yield* select(receiveFrom(closing), receiveFrom(after(1)));
      if (stopped.index === 1) yield* addresses.send("10.0.0.1");
      addresses.close();
    }
    function* close() {
      yield* io(1.5);
      closing.close();
    }
    yield* gather(watcher(), resolver(), close(), ready.receive());
  },
);

/** Not in GoBench: the error of a promise that is looked at too late, in its form for tasks. */
const sequentialAwaits = bug(
  {
    name: "sequential-awaits",
    source:
      "Jake Archibald, The gotcha of unhandled promise rejections (2023), https://jakearchibald.com/2023/unhandled-rejections/",
    story:
      "Two chapters are fetched at once and awaited one after the other. If the first fails, the reader goes away, and " +
      "the error of the second is never looked at.",
    finds: "lost exception",
  },
  function* chapters(fixed) {
    let online = true;

    function* fetchChapter(n: number) {
      yield* io(1 + n / 10);
      if (!online) throw new RuntimeError(`chapter ${n}: no connection`);
      return `chapter ${n}`;
    }
    function* goOffline() {
      yield* io(1.5);
      online = false;
    }
    function* read() {
      const fetched = [1, 2].map((n) => createTask(fetchChapter(n), { name: `chapter ${n}` }));
      try {
        if (fixed) yield* gather(...fetched);
        else for (const chapter of fetched) yield* chapter;
      } catch {
        // "You seem to be offline."
      }
    }
    yield* gather(read(), goOffline());
    yield* quiet();
  },
);

export const leakBugs: readonly Bug[] = [
  moby33781,
  cockroach10790,
  etcd6857,
  kubernetes5316,
  grpc660,
  cockroach13197,
  grpc1424,
  sequentialAwaits,
];
