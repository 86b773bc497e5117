import { CancelledError, createTask, fromEvent, getRunningLoop, sleep, toPromise } from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";
import { Emitter, Target } from "./emitter.ts";

const later = (seconds: number, call: () => void) => getRunningLoop().callLater(seconds, call);

describe("fromEvent", () => {
  it("returns the event of a target, and the arguments of an emitter's", () =>
    simulate(function* () {
      const target = new Target();
      const event = new Event("done");
      later(1, () => target.dispatchEvent(event));
      expect(yield* fromEvent(target, "done")).toBe(event);
      const emitter = new Emitter();
      later(1, () => emitter.emit("done", 1, "two"));
      expect(yield* fromEvent<[number, string]>(emitter, "done")).toEqual([1, "two"]);
      expect([target.count, emitter.count]).toEqual([0, 0]);
    }));

  it("waits for one event alone", () =>
    simulate(function* () {
      const emitter = new Emitter();
      later(1, () => {
        emitter.emit("other");
        emitter.emit("done", "first");
        emitter.emit("done", "second");
      });
      expect(yield* fromEvent(emitter, "done")).toEqual(["first"]);
    }));

  it("removes its listeners when it is cancelled", () =>
    simulate(function* () {
      const target = new Target();
      const emitter = new Emitter();
      const { signal } = new AbortController();
      const options = { error: "error", signal };
      const tasks = [
        createTask(fromEvent(target, "done", options)),
        createTask(fromEvent(emitter, Symbol("done"), options)),
      ];
      yield* sleep(1);
      expect([target.count, emitter.count]).toEqual([2, 2]);
      for (const task of tasks) {
        task.cancel();
        expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      }
      expect([target.count, emitter.count]).toEqual([0, 0]);
    }));

  it("throws the error of an emitter's event error, unless that is what it waits for, or error is null", () =>
    simulate(function* () {
      const emitter = new Emitter();
      const error = new Error("of the emitter");
      later(1, () => emitter.emit("error", error));
      expect(yield* errorOf(fromEvent(emitter, "done"))).toBe(error);
      later(1, () => emitter.emit("error", error));
      expect(yield* fromEvent(emitter, "error")).toEqual([error]);
      later(1, () => emitter.emit("error", error));
      later(2, () => emitter.emit("done"));
      expect(yield* fromEvent(emitter, "done", { error: null })).toEqual([]);
      later(1, () => emitter.emit("error"));
      expect(String(yield* errorOf(fromEvent(emitter, "done")))).toContain('the event "error" of');
      expect(emitter.count).toBe(0);
    }));

  it("throws the error that a target's event has, and an error with that event as its cause if it has none", () =>
    simulate(function* () {
      const target = new Target();
      const error = new Error("of the event");
      later(1, () => target.dispatchEvent(Object.assign(new Event("failed"), { error })));
      expect(yield* errorOf(fromEvent(target, "done", { error: "failed" }))).toBe(error);
      const event = new Event("failed");
      later(1, () => target.dispatchEvent(event));
      const thrown = (yield* errorOf(fromEvent(target, "done", { error: "failed" }))) as Error;
      expect(thrown.cause).toBe(event);
      expect(target.count).toBe(0);
    }));

  it("throws the reason of its signal, at once if it has aborted", () =>
    simulate(function* () {
      const target = new Target();
      const controller = new AbortController();
      later(1, () => controller.abort(new Error("enough")));
      const options = { signal: controller.signal };
      expect(String(yield* errorOf(fromEvent(target, "done", options)))).toBe("Error: enough");
      expect(String(yield* errorOf(fromEvent(target, "done", options)))).toBe("Error: enough");
      expect([target.count, getRunningLoop().time()]).toEqual([0, 1]);
    }));

  it("native code can await it", async () => {
    const target = new Target();
    const waiting = toPromise(fromEvent(target, "done"));
    while (target.count === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    target.dispatchEvent(new Event("done"));
    expect((await waiting).type).toBe("done");
  });

  it("says what is wrong with its arguments", () => {
    expect(() => fromEvent({} as never, "x")).toThrow("fromEvent expects an EventTarget or an EventEmitter, got");
    expect(() => fromEvent(new Target(), 5 as never)).toThrow("the type of an event must be a string or a symbol");
    expect(() => fromEvent(new Target(), "x", { errors: "e" } as never)).toThrow("did you mean error?");
    expect(() => fromEvent(new Target(), "x", { signal: {} as never })).toThrow("fromEvent expects an AbortSignal");
  });
});
