/**
 * Every await of tsyncio/otel, cancelled at each stage and timed out: each span that has begun ends, and the task is
 * where it was.
 */

import { type Awaitable, asyncWith, type Coroutine, createTask, run, sleep } from "tsyncio";
import { span, withSpan } from "tsyncio/otel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Awaits, cancelledAtEveryStage, type Kind, timesOut } from "../awaits/every.ts";
import { active, Sdk } from "./support.ts";

let sdk: Sdk;
beforeEach(() => {
  sdk = new Sdk();
});
afterEach(() => sdk[Symbol.dispose]());

/** Each in a task that looks, when it is through, where it is. */
const spans = (kind: Kind, wait: () => Awaitable<unknown>) =>
  function* (
    every: (kind: Kind, begin: () => Coroutine<{ wait: Coroutine<unknown>; after(): void }>) => Coroutine<void>,
  ) {
    function* waited(): Coroutine<unknown> {
      try {
        return yield* wait();
      } finally {
        expect(active()).toBe(undefined);
      }
    }
    yield* every(kind, function* () {
      return { wait: waited(), after: () => void expect(sdk.open).toEqual([]) };
    });
  };

const awaits: Awaits = {
  withSpan: spans("ends", () => withSpan("a", () => sleep(0.001))),
  "withSpan of a body that does not wait": spans("ends", () => withSpan("a", function* () {})),
  "withSpan of a body that does not end": spans("endless", () => withSpan("a", () => sleep(1000))),
  "span as a block": spans("ends", () => asyncWith(span("a"), () => sleep(0.001))),
  "span in a span": spans("ends", () => withSpan("a", () => withSpan("b", () => sleep(0)))),
  "span with a task of its own": spans("ends", () =>
    withSpan("a", function* () {
      yield* createTask(withSpan("b", () => sleep(0.001)));
    }),
  ),
};

describe("cancelled at every stage, leaves nothing behind:", () => {
  test.each(Object.entries(awaits))("%s", (_, entry) => run(entry(cancelledAtEveryStage)));
});

describe("obeys timeout(), and leaves nothing behind:", () => {
  test.each(Object.entries(awaits))("%s", (_, entry) => run(entry(timesOut)));
});
