/** Something is used before it is there, or after it is gone. */

import { createTask, gather, Lock } from "tsyncio";
import { type Bug, bug } from "./bug.ts";
import { Channel, receiveFrom, select } from "./helpers/channel.ts";
import { check, io } from "./helpers/io.ts";

const SCT_BENCH = "SCTBench (Thomson, Donaldson, Betts, TOPC 2016), https://github.com/mc-imperial/sctbench";

const moby18412 = bug(
  {
    name: "moby-18412",
    source: "https://github.com/moby/moby/pull/18412, GoBench (CGO'21)",
    story:
      "A command that takes too long is killed, and its output is read at once, while what it had written before is " +
      "still being copied.",
    finds: "error",
  },
  function* runCommandForDuration(fixed) {
    let written = "";
    let output = "";

    function* command() {
      yield* io(1);
      written = "hello";
      yield* io(0.5); // through the pipe
      output = written;
    }
    const copying = createTask(command(), { name: "command" });
    yield* io(1.8);
    const promised = written; // killed here
    if (fixed) yield* copying;
    check(output.startsWith(promised), `the command wrote "${promised}", and its output is "${output}"`);
    if (!copying.done()) yield* copying;
  },
);

const istio8967 = bug(
  {
    name: "istio-8967",
    source: "https://github.com/istio/istio/pull/8967, GoBench (CGO'21)",
    story:
      "Stop() closes the channel that ends the watcher and takes it out of the object. A watcher that is busy just then " +
      "comes back, finds no channel, and watches on.",
    finds: "leaked task",
  },
  function* fileSource(fixed) {
    const events = new Channel<string>("events", 1);
    const source: { done: Channel<never> | null } = { done: new Channel<never>("done") };

    function* watch() {
      const own = source.done;
      for (;;) {
        const done = fixed ? own : source.done;
        const { index } = yield* select(receiveFrom(events), ...(done === null ? [] : [receiveFrom(done)]));
        if (index === 1) return;
        yield* io(1); // reads the file
      }
    }
    createTask(watch(), { name: "watch" });
    yield* events.send("a.yaml");
    yield* io(1.5);
    source.done?.close();
    source.done = null;
    yield* io(100);
  },
);

const etcd3077 = bug(
  {
    name: "etcd-3077",
    source: "https://github.com/etcd-io/etcd/pull/3077, GoBench (CGO'21)",
    story: "The raft node makes its channels when its loop begins; a server that is stopped at once uses them before.",
    finds: "error",
  },
  function* etcdServer(fixed) {
    const node: { stop: Channel<void> | null } = { stop: fixed ? new Channel<void>("stop") : null };

    function* runNode() {
      yield* io(1); // opens its log
      node.stop ??= new Channel<void>("stop");
      yield* node.stop.receive();
    }
    function* stopServer() {
      yield* io(1.5);
      yield* (node.stop as Channel<void>).send();
    }
    yield* gather(runNode(), stopServer());
  },
);

/** The last task sees a change of two steps half done. */
function reorder(tasks: number): Bug {
  return bug(
    {
      name: `reorder_${tasks}`,
      source: SCT_BENCH,
      story: `Of ${tasks} tasks all but one set a and then b; the last must not see a set and b not.`,
      finds: "error",
    },
    function* reordered(fixed) {
      const lock = new Lock();
      let a = 0;
      let b = 0;

      function* set(n: number) {
        yield* io(2 + (0.3 * n) / tasks);
        if (fixed) yield* lock.acquire();
        a = 1;
        yield* io(1);
        b = -1;
        if (fixed) lock.release();
      }
      function* look() {
        yield* io(3.5);
        if (fixed) yield* lock.acquire();
        check((a === 0 && b === 0) || (a === 1 && b === -1), `a is ${a} and b is ${b}`);
        if (fixed) lock.release();
      }
      yield* gather(...Array.from({ length: tasks - 1 }, (_, n) => set(n)), look());
    },
  );
}

/** Two stages under two locks; the reader may come between them with both of its own steps. */
function twoStage(writers: number): Bug {
  return bug(
    {
      name: `twostage_${writers}`,
      source: SCT_BENCH,
      story:
        `${writers} ${writers === 1 ? "task computes" : "tasks compute"} the second value from the first, each ` +
        "value under a lock of its own. A reader sees the new first value and the old second one.",
      finds: "error",
    },
    function* stages(fixed) {
      const both = new Lock();
      const first = { lock: new Lock(), value: 0 };
      const second = { lock: new Lock(), value: 0 };

      function* write(n: number) {
        yield* io(2 + (0.5 * n) / writers);
        if (fixed) yield* both.acquire();
        yield* first.lock.acquire();
        first.value = 1;
        first.lock.release();
        yield* io(1);
        yield* second.lock.acquire();
        second.value = first.value + 1;
        second.lock.release();
        if (fixed) both.release();
      }
      function* read() {
        yield* io(1.9);
        if (fixed) yield* both.acquire();
        const seen = first.value;
        yield* io(0.2);
        if (seen !== 0) check(second.value === seen + 1, `the values are ${seen} and ${second.value}`);
        if (fixed) both.release();
      }
      yield* gather(...Array.from({ length: writers }, (_, n) => write(n)), read());
    },
  );
}

const figure5 = bug(
  {
    name: "pct-figure-5",
    source:
      "Burckhardt, Kothari, Musuvathi, Nagarakatte, A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs (ASPLOS'10), figure 5",
    story:
      "A long task frees at its end what another task reads in its first step. All its steps must come before that " +
      "one, which chance alone brings about rarely.",
    finds: "error",
  },
  function* longTask(fixed) {
    let memory: string | null = "data";

    function* long() {
      for (let step = 0; step < 24; step++) yield* io(1);
      if (fixed) yield* reading;
      memory = null;
    }
    function* read() {
      yield* io(15);
      check(memory !== null, "the memory was freed");
    }
    const reading = createTask(read(), { name: "read" });
    yield* gather(long(), reading);
  },
);

export const orderBugs: readonly Bug[] = [
  moby18412,
  istio8967,
  etcd3077,
  reorder(3),
  reorder(10),
  reorder(20),
  twoStage(1),
  twoStage(20),
  twoStage(100),
  figure5,
];
