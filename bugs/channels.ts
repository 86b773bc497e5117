/** A lock held while a channel is waited for. */

import { createTask, gather, Lock } from "tsyncio";
import { type Bug, bug } from "./bug.ts";
import { Channel, receiveFrom, select, sendTo } from "./helpers/channel.ts";
import { io } from "./helpers/io.ts";

const GO_BENCH = "GoBench (CGO'21)";

const etcd7492 = bug(
  {
    name: "etcd-7492",
    source: `https://github.com/etcd-io/etcd/pull/7492, ${GO_BENCH}`,
    story:
      "A login tells the keeper of tokens of a new token through a channel, under the lock of the tokens. The keeper " +
      "does not receive while its ticker makes it remove old tokens, for which it wants that lock.",
    finds: "deadlock",
  },
  function* simpleTokens(fixed) {
    const lock = new Lock();
    const added = new Channel<string>("added");
    const ticks = new Channel<void>("ticks");
    const stop = new Channel<never>("stop");
    const tokens = new Set<string>();

    function* keeper() {
      for (;;) {
        const { index, value } = yield* select(receiveFrom(added), receiveFrom(ticks), receiveFrom(stop));
        if (index === 0) tokens.add(value as string);
        if (index === 1) {
          yield* lock.acquire();
          tokens.clear(); // all have expired
          lock.release();
        }
        if (index === 2) return;
      }
    }
    function* login(user: string, milliseconds: number) {
      yield* io(milliseconds);
      yield* lock.acquire();
      yield* io(1);
      if (fixed) lock.release();
      yield* added.send(user);
      if (!fixed) lock.release();
    }
    function* users() {
      yield* gather(login("ann", 1), login("bob", 4), ticker());
      stop.close();
    }
    function* ticker() {
      yield* io(2.5);
      yield* ticks.send();
    }
    yield* gather(keeper(), users());
  },
);

const etcd6873 = bug(
  {
    name: "etcd-6873",
    source: `https://github.com/etcd-io/etcd/pull/6873, ${GO_BENCH}`,
    story:
      "stop() closes the channel of updates and waits, under the lock, for the broadcaster to end. The broadcaster may " +
      "have one more update, and needs the lock for it.",
    finds: "deadlock",
  },
  function* watchBroadcasts(fixed) {
    const lock = new Lock();
    const updates = new Channel<string>("updates", 1);
    const ended = new Channel<never>("ended");

    function* broadcaster() {
      while ((yield* updates.receive()) !== undefined) {
        yield* io(1);
        yield* lock.acquire(); // coalesce
        lock.release();
      }
      ended.close();
    }
    function* stop() {
      yield* io(1.5);
      yield* lock.acquire();
      updates.close();
      if (fixed) lock.release();
      yield* ended.receive();
      if (!fixed) lock.release();
    }
    updates.trySend("watch");
    yield* gather(broadcaster(), stop());
  },
);

const kubernetes10182 = bug(
  {
    name: "kubernetes-10182",
    source: `https://github.com/kubernetes/kubernetes/pull/10182, ${GO_BENCH}`,
    story:
      "Setting a pod's status sends it to the sync loop under the lock of the statuses; the sync loop takes this lock " +
      "to delete the status of the pod it has just received.",
    finds: "deadlock",
  },
  function* statusManager(fixed) {
    const lock = new Lock();
    const changes = new Channel<string>("changes");
    const statuses = new Map<string, string>();

    function* setStatus(pod: string, milliseconds: number) {
      yield* io(milliseconds);
      yield* lock.acquire();
      statuses.set(pod, "ready");
      if (fixed) lock.release();
      yield* changes.send(pod);
      if (!fixed) lock.release();
    }
    function* syncLoop() {
      for (let batch = 0; batch < 2; batch++) {
        const pod = yield* changes.receive();
        yield* io(1); // the server does not know the pod
        yield* lock.acquire();
        statuses.delete(pod as string);
        lock.release();
      }
    }
    yield* gather(syncLoop(), setStatus("a", 1), setStatus("b", 2.5));
  },
);

const kubernetes1321 = bug(
  {
    name: "kubernetes-1321",
    source: `https://github.com/kubernetes/kubernetes/pull/1321, ${GO_BENCH}`,
    story:
      "The multiplexer of watch events sends to its watchers under its lock. A watcher that has stopped to read needs " +
      "the lock to leave.",
    finds: "deadlock",
  },
  function* mux(fixed) {
    const lock = new Lock();
    const stopped = new Channel<never>("stopped");
    const result = new Channel<number>("result");
    const watchers = new Set([result]);

    function* distribute(event: number, milliseconds: number) {
      yield* io(milliseconds);
      yield* lock.acquire();
      for (const watcher of watchers) {
        if (fixed) yield* select(sendTo(watcher, event), receiveFrom(stopped));
        else yield* watcher.send(event);
      }
      lock.release();
    }
    function* watch() {
      yield* result.receive();
      yield* io(1); // one event is enough
      if (fixed) stopped.close();
      yield* lock.acquire();
      watchers.clear();
      lock.release();
    }
    yield* gather(watch(), distribute(1, 1), distribute(2, 2.5));
  },
);

const kubernetes6632 = bug(
  {
    name: "kubernetes-6632",
    source: `https://github.com/kubernetes/kubernetes/pull/6632, ${GO_BENCH}`,
    story:
      "A writer whose frame cannot be written asks the monitor for a reset, under the lock of writing. The monitor has " +
      "seen the connection close, and wants that lock to take the channel of resets away.",
    finds: "deadlock",
  },
  function* idleAwareFramer(fixed) {
    const writing = new Lock();
    const resets = new Channel<void>("resets");
    const closed = new Channel<never>("closed");
    let open = true;

    function* drain() {
      for (let reset = true; reset; ) reset = (yield* select(receiveFrom(resets))).open;
    }
    function* monitor() {
      for (let reset = true; reset; ) reset = (yield* select(receiveFrom(resets), receiveFrom(closed))).index === 0;
      const draining = fixed ? createTask(drain()) : null;
      yield* writing.acquire();
      open = false;
      resets.close();
      writing.release();
      if (draining !== null) yield* draining;
    }
    function* writeFrame() {
      yield* writing.acquire();
      yield* io(1); // fails
      if (open) yield* resets.send();
      writing.release();
    }
    function* close() {
      yield* io(1.5);
      closed.close();
    }
    yield* gather(monitor(), writeFrame(), close());
  },
);

const grpc1460 = bug(
  {
    name: "grpc-1460",
    source: `https://github.com/grpc/grpc-go/pull/1460, ${GO_BENCH}`,
    story:
      "The keepalive of a client without streams waits, under the lock of the transport, to be awakened. The first " +
      "stream takes that lock before it awakens the keepalive.",
    finds: "deadlock",
  },
  function* transport(fixed) {
    const lock = new Lock();
    const awaken = new Channel<void>("awaken", 1);
    let streams = 0;

    function* keepalive() {
      yield* io(1.5);
      yield* lock.acquire();
      const dormant = streams === 0;
      if (fixed || !dormant) lock.release();
      if (dormant) yield* awaken.receive();
      if (!fixed && dormant) lock.release();
    }
    function* newStream() {
      yield* io(1);
      yield* lock.acquire();
      if (++streams === 1) awaken.trySend();
      lock.release();
    }
    yield* gather(keepalive(), newStream());
  },
);

const moby28462 = bug(
  {
    name: "moby-28462",
    source: `https://github.com/moby/moby/pull/28462, ${GO_BENCH}`,
    story:
      "A container that changes its state tells its health monitor to stop, under the container's lock, and waits " +
      "until it has heard. A probe that ends just then waits for the lock to note its result.",
    finds: "deadlock",
  },
  function* healthMonitor(fixed) {
    const container = new Lock();
    const stop = new Channel<void>("stop");
    let healthy = 0;

    function* monitor() {
      for (;;) {
        yield* io(1); // the probe
        yield* container.acquire();
        healthy++;
        container.release();
        if (healthy === 2) break;
      }
      yield* stop.receive();
    }
    function* stateChanged() {
      yield* io(2.5);
      yield* container.acquire();
      if (fixed) stop.close();
      else yield* stop.send();
      container.release();
    }
    yield* gather(monitor(), stateChanged());
  },
);

export const channelBugs: readonly Bug[] = [
  etcd7492,
  etcd6873,
  kubernetes10182,
  kubernetes1321,
  kubernetes6632,
  grpc1460,
  moby28462,
];
