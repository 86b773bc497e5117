import {
  asyncWith,
  type Coroutine,
  captureCallGraph,
  coroutine,
  currentTask,
  type FutureCallGraph,
  formatCallGraph,
  getRunningLoop,
  RuntimeError,
  sleep,
  timeout,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate, thrownBy } from "../support.ts";
import { plainLooksAsync, shapeOf } from "./stacks.ts";

const NAMES = ["main", "leaf", "middle", "plain", "deeper"];

/** The frames of the current task. */
const framesHere = (): string[] | undefined => shapeOf(captureCallGraph(), NAMES)?.[1];

describe("captureCallGraph() of the task that runs", () => {
  it("returns its frames from the caller outwards, plain functions too, and tells them apart", () =>
    simulate(function* main() {
      // Not `=> captureCallGraph()`: JavaScriptCore lets go of a function that ends by a call.
      const plain = () => ({ graph: captureCallGraph() as FutureCallGraph });
      function* leaf() {
        yield* sleep(0);
        return plain();
      }
      const { future, callStack, awaitedBy } = (yield* leaf()).graph;
      const entries = callStack.filter((entry) => NAMES.includes(entry.frame.name));
      expect(entries.map(({ frame, isAsync }) => [frame.name, isAsync])).toEqual([
        ["plain", plainLooksAsync],
        ["leaf", true],
        ["main", true],
      ]);
      expect(future === currentTask()).toBe(true);
      expect(awaitedBy).toEqual([]);
      for (const { frame } of entries) {
        expect([frame.line > 0, frame.column > 0, frame.file.length > 0]).toEqual([true, true, true]);
      }
    }));

  it("takes coroutines that an error has resumed for coroutines", () =>
    simulate(function* main() {
      function* leaf() {
        try {
          yield* asyncWith(timeout(1), () => sleep(2));
        } catch {}
        return captureCallGraph() as FutureCallGraph;
      }
      const { callStack } = yield* leaf();
      expect(callStack.map(({ frame, isAsync }) => [frame.name.replace(/^.*\./, ""), isAsync])).toEqual([
        ["leaf", true],
        ["main", true],
      ]);
    }));

  it("goes through flat coroutines that have suspended, and no further once they have ended", () =>
    simulate(function* main() {
      const seen: unknown[] = [];
      function* leaf() {
        seen.push(framesHere());
        yield* sleep(1);
        seen.push(framesHere());
      }
      const middle = coroutine(function* middle() {
        yield* leaf();
        yield* sleep(1);
        seen.push(framesHere());
      });
      yield* middle();
      seen.push(framesHere());
      expect(seen).toEqual([["leaf", "middle", "main"], ["leaf", "middle", "main"], ["middle", "main"], ["main"]]);
    }));

  it("is whole in a deep recursion of flat coroutines", () =>
    simulate(function* main() {
      const deeper: (n: number) => Coroutine<string[] | undefined> = coroutine(function* deeper(
        n: number,
      ): Coroutine<string[] | undefined> {
        return n === 1 ? framesHere() : yield* deeper(n - 1);
      });
      const frames = (yield* deeper(600)) as string[];
      expect(frames.length).toBe(601);
      expect(frames.at(-1)).toBe("main");
    }));

  it("leaves out frames at the top by depth; limit keeps the inner ones, or, if negative, the outer ones", () =>
    simulate(function* main() {
      const plain = (options: { depth?: number; limit?: number | null }) =>
        shapeOf(captureCallGraph(null, options), NAMES)?.[1];
      function* leaf() {
        return {
          all: plain({ limit: null }),
          depth2: plain({ depth: 2 }),
          depth3: plain({ depth: 3 }),
          inner: plain({ limit: 2 }),
          innerBelow: plain({ depth: 2, limit: 1 }),
          outer: plain({ limit: -2 }),
          none: plain({ limit: 0 }),
        };
      }
      expect(yield* leaf()).toEqual({
        all: ["plain", "leaf", "main"],
        depth2: ["leaf", "main"],
        depth3: ["main"],
        inner: ["plain", "leaf"],
        innerBelow: ["leaf"],
        outer: ["leaf", "main"],
        none: [],
      });
    }));

  it("is null in a callback, which no task runs", () =>
    simulate(function* main() {
      const done = getRunningLoop().createFuture<unknown>();
      getRunningLoop().callSoon(() => done.setResult([captureCallGraph(), formatCallGraph()]));
      expect(yield* done).toEqual([null, ""]);
    }));

  it("is a RuntimeError outside of a loop", () => {
    for (const call of [() => captureCallGraph(), () => formatCallGraph()]) {
      const error = thrownBy(call);
      expect(error).toBeInstanceOf(RuntimeError);
      expect(String(error)).toContain("outside of a running event loop and no future");
    }
  });

  it("refuses what is not a future", () =>
    simulate(function* main() {
      expect(String(thrownBy(() => captureCallGraph("x" as never)))).toContain('expects a future, got "x"');
    }));
});
