/** `await using` in a module that is not compiled: JavaScript calls `[Symbol.asyncDispose]()`, and tells no error. */

import { abortable, Condition, fromWritableStream, Lock, RuntimeError, Semaphore, TaskGroup, timeoutAt } from "tsyncio";
import { describe, expect, it } from "vitest";
import { thrownBy } from "../support.ts";

describe("[Symbol.asyncDispose]()", () => {
  it.each([
    ["a task group", new TaskGroup()],
    ["a timeout", timeoutAt(1)],
    ["an abort scope", abortable(new AbortController().signal)],
  ])("of %s throws: it must know the error, which only compiled code tells", (_, manager) => {
    const error = thrownBy(() => manager[Symbol.asyncDispose]()) as Error;
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error.message).toMatch(/^await using cannot leave .*"use tsyncio".*tsyncio-transform.*asyncWith/);
  });

  it.each([
    ["a lock", new Lock()],
    ["a semaphore", new Semaphore(1)],
    ["a condition", new Condition()],
  ])("of %s releases it", async (_, lock) => {
    await lock.acquire();
    expect(lock.locked()).toBe(true);
    await lock[Symbol.asyncDispose]();
    expect(lock.locked()).toBe(false);
  });

  it("of a stream closes it", async () => {
    const written: string[] = [];
    const sink = fromWritableStream(
      new WritableStream<string>({ write: (chunk) => void written.push(chunk), close: () => void written.push("end") }),
    );
    await sink.write("x");
    await sink[Symbol.asyncDispose]();
    expect(written).toEqual(["x", "end"]);
  });
});
