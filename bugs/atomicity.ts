/** Something else comes between two steps that belong together. */

import { Event, gather, Lock, RuntimeError } from "tsyncio";
import { type Bug, bug } from "./bug.ts";
import { check, io, quiet } from "./helpers/io.ts";

const SCT_BENCH = "SCTBench (Thomson, Donaldson, Betts, TOPC 2016), https://github.com/mc-imperial/sctbench";

const account = bug(
  {
    name: "account",
    source: SCT_BENCH,
    story: "A check of the balance is wrong, and goes unnoticed as long as the check comes before the two bookings.",
    finds: "error",
  },
  function* bankAccount(fixed) {
    const lock = new Lock();
    const bookings: number[] = [];

    function* book(amount: number, milliseconds: number) {
      yield* io(milliseconds);
      yield* lock.acquire();
      bookings.push(amount);
      lock.release();
    }
    function* checkBalance() {
      yield* io(1);
      yield* lock.acquire();
      const balance = bookings.reduce((sum, amount) => sum + amount, 1);
      const expected = fixed ? 1 + 2 - 4 : 1 - 2 - 4;
      if (bookings.length === 2) check(balance === expected, `the balance is ${balance}, not ${expected}`);
      lock.release();
    }
    yield* gather(checkBalance(), book(2, 1.4), book(-4, 1.8));
  },
);

const bluetooth = bug(
  {
    name: "bluetooth-driver",
    source: `Qadeer, Wu, KISS: Keep It Simple and Sequential (PLDI'04); ${SCT_BENCH}`,
    story:
      "A request looks whether the driver is stopping and then counts itself. If the driver stops in between, the " +
      "request works on a driver that is gone.",
    finds: "error",
  },
  function* driver(fixed) {
    const idle = new Event();
    let pending = 1;
    let stopping = false;
    let stopped = false;

    function leave() {
      if (--pending === 0) idle.set();
    }
    function* request() {
      yield* io(1);
      if (fixed) pending++;
      if (stopping) {
        if (fixed) leave();
        return;
      }
      yield* io(1);
      if (!fixed) pending++;
      check(!stopped, "the driver works on, and is stopped");
      leave();
    }
    function* stop() {
      yield* io(2.5);
      stopping = true;
      leave();
      yield* idle.wait();
      stopped = true;
    }
    yield* gather(request(), stop());
  },
);

const stringBuffer = bug(
  {
    name: "stringbuffer-jdk1.4",
    source: `Flanagan, Qadeer, A Type and Effect System for Atomicity (PLDI'03); ${SCT_BENCH}`,
    story:
      "append() asks the other buffer for its length and then for that many characters, which it may no longer have.",
    finds: "error",
  },
  function* stringBuffer(fixed) {
    const lock = new Lock(); // of the other buffer
    let other = "abc";

    function* append() {
      yield* lock.acquire();
      const end = other.length;
      if (!fixed) lock.release();
      yield* io(1); // makes room
      if (!fixed) yield* lock.acquire();
      const text = other;
      lock.release();
      if (end > text.length) throw new RuntimeError(`the buffer has ${text.length} characters, not ${end}`);
      return text.slice(0, end);
    }
    function* erase() {
      yield* io(1.5);
      yield* lock.acquire();
      other = "";
      lock.release();
    }
    yield* gather(append(), erase());
  },
);

const wrongLock = bug(
  {
    name: "wronglock",
    source: SCT_BENCH,
    story: "Two tasks count in one variable, each under a lock, and the locks are two.",
    finds: "error",
  },
  function* counter(fixed) {
    const locks = [new Lock(), new Lock()] as const;
    let count = 0;

    function* add(lock: Lock, milliseconds: number) {
      yield* io(milliseconds);
      yield* lock.acquire();
      const seen = count;
      yield* io(1);
      count = seen + 1;
      lock.release();
    }
    yield* gather(add(locks[0], 1), add(locks[fixed ? 0 : 1], 2.5), add(locks[0], 4));
    check(count === 3, `3 were counted, and the count is ${count}`);
  },
);

const accountManager = bug(
  {
    name: "coyote-account-manager",
    source: "Coyote, Write your first concurrency unit test, https://microsoft.github.io/coyote/",
    story: "Creating an account looks whether there is one, and makes one if not. Two that look at once both make one.",
    finds: "error",
  },
  function* accounts(fixed) {
    const rows = new Map<string, string>();

    function* exists(name: string) {
      yield* io(1);
      return rows.has(name);
    }
    /** The database refuses a second row: false, or an error as it was. */
    function* insert(name: string) {
      yield* io(1);
      if (rows.has(name) && fixed) return false;
      if (rows.has(name)) throw new RuntimeError(`the row ${name} exists already`);
      rows.set(name, "");
      return true;
    }
    function* create(name: string, milliseconds: number) {
      yield* io(milliseconds);
      if (yield* exists(name)) return false;
      return yield* insert(name);
    }
    const created = yield* gather(create("ann", 2), create("ann", 4.5));
    check(created.filter(Boolean).length === 1, `the account was created ${created.filter(Boolean).length} times`);
  },
);

const imageGallery = bug(
  {
    name: "coyote-image-gallery",
    source: "Coyote's sample ImageGallery, https://github.com/microsoft/coyote/tree/main/Samples",
    story:
      "An upload finds the account, and stores the image in its container. If the account is deleted meanwhile, the " +
      "container is made again, and stays without an account.",
    finds: "error",
  },
  function* gallery(fixed) {
    const accounts = new Set(["ann"]);
    const containers = new Map<string, string[]>([["ann", []]]);

    function* upload(name: string, image: string) {
      yield* io(1);
      if (!accounts.has(name)) return;
      yield* io(1);
      if (fixed && !accounts.has(name)) return;
      const container = containers.get(name) ?? [];
      containers.set(name, [...container, image]);
    }
    function* remove(name: string) {
      yield* io(2.5);
      accounts.delete(name);
      containers.delete(name);
    }
    yield* gather(upload("ann", "cat.png"), remove("ann"));
    for (const owner of containers.keys()) check(accounts.has(owner), `${owner} has images and no account`);
  },
);

const failureDetector = bug(
  {
    name: "failure-detector",
    source: "Coyote's sample FailureDetector, after Chandra, Toueg, Unreliable Failure Detectors (JACM 1996)",
    story: "A node that answers late is held for dead, and the answer that comes after all does not change that.",
    finds: "error",
  },
  function* detector(fixed) {
    const alive = new Set(["a", "b"]);
    const suspected = new Set<string>();

    function* ping(node: string, milliseconds: number) {
      const answered = new Event();
      function* pong() {
        yield* io(milliseconds);
        answered.set();
        if (fixed) suspected.delete(node);
      }
      function* timer() {
        yield* io(3);
        if (!answered.isSet()) suspected.add(node);
      }
      yield* gather(pong(), timer());
    }
    yield* gather(ping("a", 2), ping("b", 2.5));
    yield* quiet();
    for (const node of alive) check(!suspected.has(node), `${node} is alive, and suspected forever`);
  },
);

export const atomicityBugs: readonly Bug[] = [
  account,
  bluetooth,
  stringBuffer,
  wrongLock,
  accountManager,
  imageGallery,
  failureDetector,
];
