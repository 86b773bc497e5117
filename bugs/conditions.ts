/** Conditions whose waiter waits forever. */

import { Condition, gather, Lock } from "tsyncio";
import { type Bug, bug } from "./bug.ts";
import { io } from "./helpers/io.ts";
import { WaitGroup } from "./helpers/waitGroup.ts";

const cargill = bug(
  {
    name: "cargill-bounded-buffer",
    source:
      "Tom Cargill's bounded buffer, https://wiki.c2.com/?ExtremeProgrammingChallengeFourteen; a sample of Coyote and of Shuttle",
    story:
      "Producers and consumers wait for one condition, and each wakes one. If it is one of its own kind, " +
      "it goes to sleep again, and all sleep.",
    finds: "deadlock",
  },
  function* boundedBuffer(fixed) {
    const changed = new Condition();
    const items: number[] = [];

    function wake() {
      if (fixed) changed.notifyAll();
      else changed.notify();
    }
    function* put(item: number, milliseconds: number) {
      yield* io(milliseconds);
      yield* changed.acquire();
      yield* changed.waitFor(() => items.length < 1);
      yield* io(1);
      items.push(item);
      wake();
      changed.release();
    }
    function* take() {
      yield* changed.acquire();
      yield* changed.waitFor(() => items.length > 0);
      items.pop();
      wake();
      changed.release();
    }
    yield* gather(take(), take(), put(1, 1), put(2, 2.5));
  },
);

const moby30408 = bug(
  {
    name: "moby-30408",
    source: "https://github.com/moby/moby/pull/30408, GoBench (CGO'21)",
    story:
      "A task that waits for a plugin looks only whether it is active. If its activation fails, the waiting tasks are woken, look, and wait " +
      "for what will never come.",
    finds: "deadlock",
  },
  function* plugin(fixed) {
    const changed = new Condition();
    let driver = true;
    let active = false;
    let failed = false;

    function* activate() {
      yield* io(1);
      yield* changed.acquire();
      if (driver) active = true;
      else failed = true;
      changed.notifyAll();
      changed.release();
    }
    function* waitActive() {
      yield* changed.acquire();
      while (!active && !(fixed && failed)) yield* changed.wait();
      changed.release();
    }
    function* driverDies() {
      yield* io(1.5);
      driver = false;
    }
    yield* gather(waitActive(), activate(), driverDies());
  },
);

const moby29733 = bug(
  {
    name: "moby-29733",
    source: "https://github.com/moby/moby/pull/29733, GoBench (CGO'21)",
    story:
      "A new handler marks the plugins as not active, so that it is called at their next activation. A task that asks for an " +
      "active plugin after that waits for an activation that has not begun.",
    finds: "deadlock",
  },
  function* plugins(fixed) {
    const changed = new Condition();
    let active = true;
    let handled = true;

    function* getPlugin() {
      yield* io(1);
      yield* changed.acquire();
      yield* changed.waitFor(() => active);
      changed.release();
    }
    function* handle() {
      yield* io(1.5);
      yield* changed.acquire();
      if (fixed) handled = false;
      else active = false;
      changed.release();
    }
    yield* gather(getPlugin(), handle());
    return handled;
  },
);

const cockroach1055 = bug(
  {
    name: "cockroach-1055",
    source: "https://github.com/cockroachdb/cockroach/pull/1055, GoBench (CGO'21)",
    story: "Stop() waits under its lock until no task is under way. A task that ends takes the lock to say so.",
    finds: "deadlock",
  },
  function* stopper(fixed) {
    const lock = new Lock();
    const running = new WaitGroup();
    let draining = false;

    function* runTask(milliseconds: number) {
      yield* lock.acquire();
      if (!draining) running.add();
      lock.release();
      if (draining) return;
      yield* io(milliseconds);
      yield* lock.acquire();
      running.done();
      lock.release();
    }
    function* stop() {
      yield* io(2.5);
      yield* lock.acquire();
      draining = true;
      if (fixed) lock.release();
      yield* running.wait();
      if (!fixed) lock.release();
    }
    yield* gather(runTask(1), runTask(2), stop());
  },
);

export const conditionBugs: readonly Bug[] = [cargill, moby30408, moby29733, cockroach1055];
