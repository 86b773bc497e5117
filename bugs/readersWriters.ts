/** Read locks taken twice by one task, and locks that a count decides on. */

import { type Coroutine, gather, Lock } from "tsyncio";
import { type Bug, bug } from "./bug.ts";
import { io } from "./helpers/io.ts";
import { RWLock } from "./helpers/rwLock.ts";

const cockroach3710 = bug(
  {
    name: "cockroach-3710",
    source: "https://github.com/cockroachdb/cockroach/pull/3710, GoBench (CGO'21)",
    story:
      "A scan holds the store's read lock, and deep in its calls takes it again. A writer that comes in between is " +
      "waited for by the second, and waits for the first.",
    finds: "deadlock",
  },
  function* raftLogScan(fixed) {
    const store = new RWLock();

    function* raftStatus() {
      if (!fixed) yield* store.readLock();
      if (!fixed) store.readUnlock();
    }
    function* scan() {
      yield* store.readLock();
      yield* io(1);
      yield* raftStatus();
      store.readUnlock();
    }
    function* processRaft() {
      yield* io(1.5);
      yield* store.lock();
      store.unlock();
    }
    yield* gather(scan(), processRaft());
  },
);

const cockroach16167 = bug(
  {
    name: "cockroach-16167",
    source: "https://github.com/cockroachdb/cockroach/pull/16167, GoBench (CGO'21)",
    story:
      "A session runs its statements under a read lock that it knows by another name, the condition's; for each it " +
      "takes the read lock again. The update of the configuration writes.",
    finds: "deadlock",
  },
  function* session(fixed) {
    const config = new RWLock();

    function* databaseCache() {
      if (fixed) return;
      yield* config.readLock();
      config.readUnlock();
    }
    function* execParsed() {
      yield* config.readLock();
      for (let statement = 0; statement < 2; statement++) {
        yield* io(1);
        yield* databaseCache();
      }
      config.readUnlock();
    }
    function* updateSystemConfig(milliseconds: number) {
      yield* io(milliseconds);
      yield* config.lock();
      config.unlock();
    }
    yield* gather(execParsed(), updateSystemConfig(2.5));
  },
);

const kubernetes62464 = bug(
  {
    name: "kubernetes-62464",
    source: "https://github.com/kubernetes/kubernetes/pull/62464, GoBench (CGO'21)",
    story:
      "The CPU manager reads a container's set under the read lock and falls back to the default set, which takes the " +
      "read lock again, while a container that ends writes the default set.",
    finds: "deadlock",
  },
  function* cpuManager(fixed) {
    const state = new RWLock();
    const sets = new Map<string, number>();
    let defaultSet = 4;

    function* getDefault() {
      yield* state.readLock();
      const cpus = defaultSet;
      state.readUnlock();
      return cpus;
    }
    function* getOrDefault(container: string): Coroutine<number> {
      yield* state.readLock();
      yield* io(1);
      const own = sets.get(container);
      const cpus = own ?? (fixed ? defaultSet : yield* getDefault());
      state.readUnlock();
      return cpus;
    }
    function* reconcile() {
      for (const container of ["a", "b"]) yield* getOrDefault(container);
    }
    function* removeContainer() {
      yield* io(3);
      yield* state.lock();
      defaultSet++;
      state.unlock();
    }
    yield* gather(reconcile(), removeContainer());
  },
);

const carter01 = bug(
  {
    name: "carter01",
    source: "SCTBench (Thomson, Donaldson, Betts, TOPC 2016), https://github.com/mc-imperial/sctbench",
    story:
      "The first user of a resource locks it, the last one frees it, and a second lock protects the counts of users. " +
      "The other kind of user waits for the resource and holds the lock of the counts.",
    finds: "deadlock",
  },
  function* groupLock(fixed) {
    const resource = new Lock();
    const counts = new Lock();
    const a = { counts, users: 0 };
    const b = { counts: fixed ? new Lock() : counts, users: 0 };

    function* use(group: typeof a, milliseconds: number) {
      yield* io(milliseconds);
      yield* group.counts.acquire();
      if (++group.users === 1) yield* resource.acquire();
      group.counts.release();
      yield* io(1);
      yield* group.counts.acquire();
      if (--group.users === 0) resource.release();
      group.counts.release();
    }
    yield* gather(use(a, 1), use(b, 2.5));
  },
);

/**
 * Each philosopher comes a little later than the one before, and has eaten by then: all must have taken the left fork
 * before any task reaches for the right one.
 */
function diningPhilosophers(count: number): Bug {
  return bug(
    {
      name: `din_phil_${count}`,
      source: "Dijkstra 1971; SCTBench's din_phil (TOPC 2016), https://github.com/mc-imperial/sctbench",
      story: `Each of ${count} philosophers takes the left fork and then the right one; if all hold the left, none eats.`,
      finds: "deadlock",
    },
    function* table(fixed) {
      const forks = Array.from({ length: count }, () => new Lock());

      function* philosopher(seat: number) {
        const hands = [forks[seat] as Lock, forks[(seat + 1) % count] as Lock] as const;
        const [first, second] = fixed && seat === count - 1 ? [hands[1], hands[0]] : hands;
        yield* io(10 + seat);
        yield* first.acquire();
        yield* io(0.5);
        yield* second.acquire();
        second.release();
        first.release();
      }
      yield* gather(...forks.map((_, seat) => philosopher(seat)));
    },
  );
}

export const readerWriterBugs: readonly Bug[] = [
  cockroach3710,
  cockroach16167,
  kubernetes62464,
  carter01,
  ...[2, 3, 4, 5, 6, 7].map(diningPhilosophers),
];
