/** node --conditions=@tsyncio/source signals.ts CASE: says "ready", and then gets a signal. See ../signals.test.ts. */

import { createTask, Event, getRunningLoop, newEventLoop, run, setEventLoop, sleep } from "tsyncio";
import { addSignalHandler, removeSignalHandler } from "tsyncio/net";

const say = (text: string) => console.log(text);
const listeners = () => `listeners: ${process.listenerCount("SIGTERM") + process.listenerCount("SIGINT")}`;

const cases: Record<string, () => unknown> = {
  /** Nothing but the handler can wake the loop. */
  async waits() {
    await run(
      (function* () {
        const stop = new Event();
        const onSignal = (text: string) => {
          say(`got ${text}`);
          stop.set();
        };
        addSignalHandler("SIGTERM", onSignal, "the argument");
        say("ready");
        yield* stop.wait();
        say(`removed: ${removeSignalHandler("SIGTERM")}, again: ${removeSignalHandler(15)}`);
        say(`listeners: ${process.listenerCount("SIGTERM")}`);
      })(),
    );
  },
  /** The handler has gone with the loop, and does not hold the process. */
  async leftBehind() {
    await run(
      (function* () {
        addSignalHandler("SIGTERM", () => say("LEAK"));
        addSignalHandler("SIGINT", () => say("LEAK"));
        yield* sleep(0);
      })(),
    );
    say(listeners());
  },
  /** Without the handler that was removed, nothing can wake the loop. */
  async deadlock() {
    await run(
      (function* () {
        addSignalHandler("SIGTERM", () => {});
        removeSignalHandler("SIGTERM");
        yield* new Event().wait();
      })(),
    ).catch((error: Error) => say(error.name));
  },
  /** Instead of the cancellation that run() does. */
  async interrupt() {
    const result = run(
      (function* () {
        const stop = new Event();
        addSignalHandler("SIGINT", () => stop.set());
        say("ready");
        yield* stop.wait();
        return "not cancelled";
      })(),
    );
    say(`${await result}, ${listeners()}`);
  },
  /** The second handler replaces the first; three signals are three calls. */
  async replaced() {
    await run(
      (function* () {
        const stop = new Event();
        let calls = 0;
        addSignalHandler("SIGTERM", () => say("LEAK"));
        addSignalHandler(15, () => {
          say(`call ${++calls}, in the loop: ${getRunningLoop().isRunning()}`);
          if (calls === 2) stop.set();
          else say("ready");
        });
        say("ready");
        yield* stop.wait();
      })(),
    );
    say(listeners());
  },
  /** A loop that has stopped, and is not closed, does not hold the process either. */
  async stopped() {
    const loop = newEventLoop();
    setEventLoop(loop);
    addSignalHandler("SIGTERM", () => {});
    await loop.runUntilComplete(sleep(0.01));
    say("ended");
  },
  /** An error in a handler is reported, and the loop goes on. */
  async throws() {
    await run(
      (function* () {
        const stop = new Event();
        getRunningLoop().setExceptionHandler((_loop, { message, exception }) => {
          say(`${message}: ${exception}`);
          stop.set();
        });
        addSignalHandler("SIGTERM", function onSignal() {
          throw new TypeError("of the handler");
        });
        createTask(sleep(0));
        say("ready");
        yield* stop.wait();
      })(),
    );
  },
};

await cases[process.argv[2] ?? ""]?.();
