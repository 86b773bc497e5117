/** node --conditions=@tsyncio/source sigint.ts CASE: says "ready", and then is interrupted. See ../sigint.test.ts. */

import { type Coroutine, createTask, currentTask, isCancelled, KeyboardInterrupt, run, sleep } from "tsyncio";

const say = (text: string) => console.log(text);

function* longWait(): Coroutine<string> {
  say("ready");
  yield* sleep(60);
  return "not interrupted";
}

const cases: Record<string, () => Coroutine<string>> = {
  *cleanup() {
    try {
      return yield* longWait();
    } finally {
      yield* sleep(0.01);
      say("finally, after a wait");
    }
  },
  *children() {
    function* child() {
      try {
        yield* sleep(60);
      } finally {
        yield* sleep(0.01);
        say("child cleaned up");
      }
    }
    createTask(child());
    yield* sleep(0);
    return yield* longWait();
  },
  *busy() {
    say("ready");
    for (;;) yield* sleep(0);
  },
  *swallows() {
    try {
      return yield* longWait();
    } catch (error) {
      if (!isCancelled(error)) throw error;
      yield* sleep(0.01);
      return "swallowed";
    }
  },
  *throws() {
    try {
      return yield* longWait();
    } catch {
      throw new TypeError("of the cleanup");
    }
  },
  *cancelledToo() {
    try {
      return yield* longWait();
    } finally {
      currentTask()?.cancel();
    }
  },
  *hangs() {
    try {
      return yield* longWait();
    } finally {
      say("again");
      yield* sleep(60);
      say("LEAK");
    }
  },
  *handled() {
    let heard = false;
    process.on("SIGINT", () => {
      say("the program's own listener");
      heard = true;
    });
    say("ready");
    while (!heard) yield* sleep(0.01);
    return "undisturbed";
  },
};

if (process.argv[2] === "handled") process.on("SIGINT", () => {});
const main = cases[process.argv[2] ?? ""];
if (main === undefined) throw new Error("which case?");
try {
  say(`result: ${await run(main())}`);
} catch (error) {
  const kind = error instanceof KeyboardInterrupt ? "KeyboardInterrupt" : (error as Error).name;
  say(`error: ${kind}, listeners: ${process.listenerCount("SIGINT")}`);
}
