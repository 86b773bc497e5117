/** A lock taken twice, and locks taken in two orders. */

import { gather, Lock } from "tsyncio";
import { type Bug, bug } from "./bug.ts";
import { io } from "./helpers/io.ts";

const GO_BENCH = "GoBench (CGO'21)";

const moby36114 = bug(
  {
    name: "moby-36114",
    source: `https://github.com/moby/moby/pull/36114, ${GO_BENCH}`,
    story:
      "The start of a service VM removes left-over disks while it holds the VM's lock, by a function that takes " +
      "this lock too. That hangs if a disk was attached while the VM booted.",
    finds: "deadlock",
  },
  function* serviceVm(fixed) {
    const lock = new Lock();
    const disks = new Set<string>();

    function* hotRemoveAll() {
      yield* lock.acquire();
      disks.clear();
      lock.release();
    }
    function* start() {
      yield* io(1); // boot
      yield* lock.acquire();
      if (disks.size > 0 && fixed) disks.clear();
      else if (disks.size > 0) yield* hotRemoveAll();
      lock.release();
    }
    function* hotAdd(disk: string) {
      yield* io(1.5);
      yield* lock.acquire();
      disks.add(disk);
      lock.release();
    }
    yield* gather(start(), hotAdd("layer"));
  },
);

const cockroach584 = bug(
  {
    name: "cockroach-584",
    source: `https://github.com/cockroachdb/cockroach/pull/584, ${GO_BENCH}`,
    story:
      "A gossip loop takes the lock in each round, and leaves the loop without releasing it when it sees that the " +
      "node is closed.",
    finds: "deadlock",
  },
  function* gossip(fixed) {
    const lock = new Lock();
    let closed = false;

    function* rounds(milliseconds: number) {
      for (let round = 0; round < 2; round++) {
        yield* io(milliseconds);
        yield* lock.acquire();
        if (closed) {
          if (fixed) lock.release();
          break;
        }
        lock.release();
      }
    }
    function* close() {
      yield* io(3);
      yield* lock.acquire();
      closed = true;
      lock.release();
    }
    yield* gather(rounds(1), rounds(1.4), close());
    yield* lock.acquire(); // a last look at the node
    lock.release();
  },
);

const cockroach9935 = bug(
  {
    name: "cockroach-9935",
    source: `https://github.com/cockroachdb/cockroach/pull/9935, ${GO_BENCH}`,
    story:
      "The logger meets an error while it holds its lock, and calls its exit function, which takes the lock again to " +
      "flush what is left.",
    finds: "deadlock",
  },
  function* logger(fixed) {
    const lock = new Lock();
    let folder = true;

    function* exit() {
      yield* lock.acquire();
      lock.release(); // flushed
    }
    function* output() {
      yield* lock.acquire();
      yield* io(1); // opens the next file
      if (!folder && fixed) {
        lock.release();
        yield* exit();
        return;
      }
      if (!folder) yield* exit();
      lock.release();
    }
    function* removeFolder() {
      yield* io(1.5);
      folder = false;
    }
    yield* gather(output(), removeFolder());
  },
);

const cockroach10214 = bug(
  {
    name: "cockroach-10214",
    source: `https://github.com/cockroachdb/cockroach/pull/10214, ${GO_BENCH}`,
    story:
      "Sending queued heartbeats locks the queue and then, for a node that cannot be reached, the replica. A tick " +
      "locks the replica and then the queue.",
    finds: "deadlock",
  },
  function* heartbeats(fixed) {
    const queue = new Lock();
    const replica = new Lock();
    let queued = 1;

    function* sendQueued() {
      yield* queue.acquire();
      yield* io(1); // the node cannot be reached
      queued = 0;
      if (fixed) queue.release();
      yield* replica.acquire(); // reportUnreachable
      replica.release();
      if (!fixed) queue.release();
    }
    function* tick() {
      yield* io(1.5);
      yield* replica.acquire();
      yield* io(1);
      yield* queue.acquire(); // maybeCoalesceHeartbeat
      queued++;
      queue.release();
      replica.release();
    }
    yield* gather(sendQueued(), tick());
    return queued;
  },
);

const cockroach7504 = bug(
  {
    name: "cockroach-7504",
    source: `https://github.com/cockroachdb/cockroach/pull/7504, ${GO_BENCH}`,
    story:
      "Releasing a lease locks the lease and then the cache of names; acquiring one by name locks the cache and then " +
      "the lease.",
    finds: "deadlock",
  },
  function* leases(fixed) {
    const cache = new Lock();
    const lease = new Lock();
    const names = new Map([["t", "lease"]]);

    function* acquireByName() {
      yield* cache.acquire();
      yield* io(1);
      if (fixed) cache.release();
      yield* lease.acquire();
      yield* io(1);
      lease.release();
      if (!fixed) cache.release();
    }
    function* release() {
      yield* io(1.8);
      yield* lease.acquire();
      yield* io(1);
      yield* cache.acquire();
      names.delete("t");
      cache.release();
      lease.release();
    }
    yield* gather(acquireByName(), release());
  },
);

const hugo3251 = bug(
  {
    name: "hugo-3251",
    source: `https://github.com/gohugoio/hugo/issues/3211 and its repair, pull request 3251, ${GO_BENCH}`,
    story:
      "A task that wants the lock of a URL waits for it under the lock of the table of URLs; the task that has it needs the " +
      "table to release it.",
    finds: "deadlock",
  },
  function* remoteFiles(fixed) {
    const table = new Lock();
    const locks = new Map<string, Lock>();

    function* lockUrl(url: string) {
      yield* table.acquire();
      const lock = locks.get(url) ?? new Lock();
      locks.set(url, lock);
      if (fixed) table.release();
      yield* lock.acquire();
      if (!fixed) table.release();
    }
    function* unlockUrl(url: string) {
      yield* table.acquire();
      locks.get(url)?.release();
      table.release();
    }
    function* download(milliseconds: number) {
      yield* io(milliseconds);
      yield* lockUrl("/logo.png");
      yield* io(1);
      yield* unlockUrl("/logo.png");
    }
    yield* gather(download(1), download(2.5), download(4));
  },
);

const kubernetes30872 = bug(
  {
    name: "kubernetes-30872",
    source: `https://github.com/kubernetes/kubernetes/pull/30872, ${GO_BENCH}`,
    story:
      "The queue calls its handler under its lock, and the handler locks the informer; the controller locks the " +
      "informer and asks the queue whether it is in step, which takes the queue's lock.",
    finds: "deadlock",
  },
  function* federation(fixed) {
    const informer = new Lock();
    const queue = new Lock();

    function* pop() {
      yield* io(1);
      yield* queue.acquire();
      yield* io(1);
      if (fixed) queue.release();
      yield* informer.acquire(); // addCluster
      informer.release();
      if (!fixed) queue.release();
    }
    function* reconcile() {
      yield* io(2.5);
      yield* informer.acquire(); // clustersSynced
      yield* io(1);
      yield* queue.acquire(); // hasSynced
      queue.release();
      informer.release();
    }
    function* stop() {
      yield* io(4.5);
      yield* informer.acquire();
      informer.release();
    }
    yield* gather(pop(), reconcile(), stop());
  },
);

export const lockBugs: readonly Bug[] = [
  moby36114,
  cockroach584,
  cockroach9935,
  cockroach10214,
  cockroach7504,
  hugo3251,
  kubernetes30872,
];
