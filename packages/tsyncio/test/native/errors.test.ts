/** Rule 9: errors say what to write instead, and that the compiler is missing. */

import { asyncWith, createTask, gather, run, TaskGroup, timeout } from "tsyncio";
import { awaited as $a, coroutineFunction as $c, Scope as $S } from "tsyncio/native";
import { describe, expect, it } from "vitest";
import { any, errorOf, rejection, simulate, thrownBy } from "../support.ts";

// biome-ignore lint/suspicious/noExplicitAny: output of the compiler has no types
type Any = any;

const WAYS = ["use tsyncio", "first statement", "--import tsyncio-transform/register", "plugin", "preload", "command"];

/** An async function of a module that was not compiled: it is JavaScript's own. */
const native = async (): Promise<void> => {};

describe("a module that was not compiled", () => {
  it("is named by run, createTask, groups and gather, with the ways to compile it", async () => {
    const messages = [String(await rejection(run(any(native()))))];
    await simulate(function* () {
      messages.push(String(thrownBy(() => createTask(any(native())))));
      messages.push(String(thrownBy(() => gather(any(native())))));
      const error = yield* errorOf(
        asyncWith(new TaskGroup(), function* (group) {
          group.createTask(any(native()));
        }),
      );
      messages.push(String((error as Any).exceptions[0]));
      messages.push(String(yield* errorOf(asyncWith(timeout(1), any(native)))));
    });
    for (const message of messages) for (const way of WAYS) expect(message).toContain(way);
  });
});

describe("in native syntax", () => {
  it("a second await says that several can wait for a task, in native code too", async () => {
    const once: Any = $c(function* (): Any {
      yield* $a(null);
    })();
    await once;
    expect(String(await rejection(once))).toContain("createTask for what several await");
    await simulate(function* () {
      expect(String(yield* errorOf($a(once) as Any))).toContain("createTask for what several await");
    });
  });

  it("a manager that enters another object leads to asyncWith, and is left again", () =>
    simulate(function* () {
      const log: unknown[] = [];
      const manager = {
        *aenter(): Any {
          return { another: true };
        },
        *aexit(error: unknown): Any {
          log.push((error as Error).name);
        },
      };
      const use: Any = $c(function* (): Any {
        const $s = new $S();
        try {
          yield* $s.use(manager);
        } catch ($e) {
          $s.fail($e);
        } finally {
          yield* $s.exit();
        }
      });
      expect(String(yield* errorOf(use()))).toContain("asyncWith(manager, async (value) => { … })");
      expect(log).toEqual(["TypeError"]);
    }));

  it("a coroutine is called so in messages", () => {
    const coro = $c(function* (): Any {})();
    expect(String(thrownBy(() => asyncWith(any(coro), function* () {}).next()))).toContain("a coroutine");
  });
});
