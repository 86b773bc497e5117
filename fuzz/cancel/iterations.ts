/** Async iterations, and what runs at the end of them. */

import { asyncFor, asyncGenerator, type Coroutine, cursor, isCancelled, type Suspend } from "tsyncio";
import type { Ledger, TaskNote } from "./ledger.ts";
import type { Block, Do } from "./program.ts";
import { NOTHING } from "./rules.ts";

type RunBlock = (self: TaskNote, block: Block) => Coroutine<void>;

const LEAVE = new Error("leave the iteration");

export function* iterate(
  run: RunBlock,
  ledger: Ledger,
  self: TaskNote,
  { items, cleanup, leave, cursor: byCursor, body }: Do<"iterate">,
): Coroutine<void> {
  const numbers = asyncGenerator(function* () {
    yield* finallyDo(
      ledger,
      self,
      function* (): Generator<Suspend | number, void, unknown> {
        for (const [i, item] of items.entries()) {
          yield* run(self, item);
          yield i;
        }
      },
      () => run(self, cleanup),
    );
  });
  const source = numbers();
  let thrown: unknown = NOTHING;
  const each = function* (i: number): Coroutine<void> {
    try {
      yield* run(self, body);
    } catch (error) {
      thrown = error;
      throw error;
    }
    if (i === leave) throw LEAVE;
  };
  try {
    if (byCursor) yield* throughCursor(source, each);
    else yield* asyncFor(source, each);
  } catch (error) {
    if (thrown !== NOTHING) ledger.replace(thrown, error);
    if (error !== LEAVE) throw error;
  }
}

function* throughCursor(source: AsyncIterable<number>, each: (i: number) => Coroutine<void>): Coroutine<void> {
  const items = cursor<number>(source);
  try {
    while (yield* items.next()) yield* each(items.value);
  } finally {
    yield* items.aclose();
  }
}

/** `try { run } finally { cleanup }`. */
export function* finallyDo<Y = never>(
  ledger: Ledger,
  self: TaskNote,
  run: () => Generator<Suspend | Y, void, unknown>,
  cleanup: () => Coroutine<void>,
): Generator<Suspend | Y, void, unknown> {
  let thrown: unknown = NOTHING;
  ledger.enterFinally();
  try {
    yield* run();
  } catch (error) {
    thrown = error;
    throw error;
  } finally {
    ledger.runFinally();
    self.cleaning++;
    try {
      yield* cleanup();
    } catch (error) {
      ledger.replace(thrown, error);
      if (isCancelled(thrown) && !isCancelled(error)) self.excused = true;
      // biome-ignore lint/correctness/noUnsafeFinally: so it is in the language
      throw error;
    } finally {
      self.cleaning--;
    }
  }
}
