import {
  anext,
  asyncFor,
  asyncGenerator,
  CancelledError,
  type Coroutine,
  createTask,
  cursor,
  type Events,
  events,
  getRunningLoop,
  QueueFull,
  run,
  sleep,
  TimeoutError,
  toArray,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";
import { Emitter, Target } from "./emitter.ts";

const later = (seconds: number, call: () => void) => getRunningLoop().callLater(seconds, call);

/** An emitter of numbers that can be paused. */
class Numbers extends Emitter {
  next = 0;
  state = "flows";
  readonly log: string[] = [];

  pause(): void {
    this.state = "paused";
    this.log.push(`paused at ${this.next}`);
  }

  resume(): void {
    this.state = "flows";
    this.log.push(`resumed at ${this.next}`);
  }

  send(count: number): void {
    for (let i = 0; i < count; i++) this.emit("data", this.next++);
  }
}

function* first<T>(source: Events<[T]>, count: number): Coroutine<T[]> {
  const got: T[] = [];
  while (got.length < count) got.push((yield* anext(source))[0]);
  return got;
}

describe("events", () => {
  it("are over at once for an emitter that has begun to call its listeners", () =>
    simulate(function* () {
      const emitter = new Emitter();
      let source: Events<unknown[]> | null = null;
      emitter.on("data", () => source?._abandon());
      source = events(emitter, "data");
      emitter.emit("data", 1);
      expect(yield* toArray(source)).toEqual([]);
    }));

  it("a resume that throws ends them with its error, and loses nothing that was kept", () =>
    simulate(function* () {
      for (const leaves of [false, true]) {
        const numbers = new Numbers();
        numbers.resume = () => {
          throw new Error("cannot resume");
        };
        const source = events<[number]>(numbers, "data", { capacity: 2 });
        numbers.send(3);
        if (!leaves) {
          expect(yield* first(source, 3)).toEqual([0, 1, 2]);
          expect(String(yield* errorOf(anext(source)))).toBe("Error: cannot resume");
        } else expect(String(yield* errorOf(source.aclose()))).toBe("Error: cannot resume");
        expect(numbers.count).toBe(0);
        yield* source.aclose();
        expect(yield* toArray(source)).toEqual([]);
      }
    }));

  it("iterates the events of a target until the event end, those that came while the body worked too", () =>
    simulate(function* () {
      const target = new Target();
      const got: string[] = [];
      const source = events(target, "tick", { end: "close" });
      for (const at of [1, 1.5, 5]) later(at, () => target.dispatchEvent(new Event("tick")));
      later(6, () => target.dispatchEvent(new Event("close")));
      yield* asyncFor(source, function* (event) {
        got.push(`${event.type} at ${getRunningLoop().time()}`);
        yield* sleep(2);
      });
      expect(got).toEqual(["tick at 1", "tick at 3", "tick at 5"]);
      expect(target.count).toBe(0);
    }));

  it("begins with the call, not with the first wait", () =>
    simulate(function* () {
      const emitter = new Emitter();
      const source = events<[number]>(emitter, "n", { end: ["end", "close"] });
      emitter.emit("n", 1);
      emitter.emit("close");
      emitter.emit("n", 2);
      expect(yield* toArray(source)).toEqual([[1]]);
    }));

  it("has what was kept before the end, and before an error, which comes once", () =>
    simulate(function* () {
      const emitter = new Emitter();
      const source = events(emitter, "n");
      emitter.emit("n", 1);
      emitter.emit("error", new Error("broken"));
      emitter.emit("n", 2);
      expect(emitter.count).toBe(0);
      expect(yield* anext(source)).toEqual([1]);
      expect(String(yield* errorOf(anext(source)))).toBe("Error: broken");
      expect(yield* toArray(source)).toEqual([]);
    }));

  it("removes its listeners when the body throws, is cancelled, or waits for an event and is cancelled", () =>
    simulate(function* () {
      for (const way of ["throws", "cancelled in the body", "cancelled in the wait"]) {
        const target = new Target();
        const source = events(target, "tick", { end: "close", error: "error" });
        const task = createTask(
          asyncFor(source, function* () {
            if (way === "throws") throw new Error(way);
            yield* sleep(100);
          }),
        );
        yield* sleep(1);
        expect(target.count).toBe(3);
        if (way !== "cancelled in the wait") target.dispatchEvent(new Event("tick"));
        yield* sleep(1);
        if (way !== "throws") task.cancel();
        yield* errorOf(task);
        expect([way, target.count]).toEqual([way, 0]);
      }
    }));

  it("a native for await that is left early removes them, and so do aclose, await using and an async generator around it", async () => {
    await run(
      (function* () {
        yield* sleep(0);
      })(),
    );
    const target = new Target();
    setTimeout(() => target.dispatchEvent(new Event("tick")), 1);
    for await (const event of events(target, "tick")) {
      expect(event.type).toBe("tick");
      break;
    }
    expect(target.count).toBe(0);
    {
      await using source = events(target, "tick");
      expect([target.count, String(source)]).toEqual([1, expect.stringContaining("[open, kept:0]")]);
    }
    expect(target.count).toBe(0);
    await simulate(function* () {
      const source = events(target, "tick");
      yield* source.aclose();
      expect([target.count, yield* toArray(source)]).toEqual([0, []]);
      const relay = asyncGenerator(function* () {
        const c = cursor(events(target, "tick"));
        try {
          while (yield* c.next()) yield c.value;
        } finally {
          yield* c.aclose();
        }
      })();
      later(1, () => target.dispatchEvent(new Event("tick")));
      yield* anext(relay);
      yield* relay.aclose();
      expect(target.count).toBe(0);
    });
  });

  it("a cancelled anext loses no event: the next one gets it", () =>
    simulate(function* () {
      const emitter = new Emitter();
      const source = events<[number]>(emitter, "n");
      expect(yield* errorOf(waitFor(anext(source), 1))).toBeInstanceOf(TimeoutError);
      const waiting = createTask(anext(source));
      yield* sleep(1);
      emitter.emit("n", 1);
      waiting.cancel();
      expect(yield* errorOf(waiting)).toBeInstanceOf(CancelledError);
      expect(yield* anext(source)).toEqual([1]);
      yield* source.aclose();
    }));

  it("several tasks that wait get one event each; at the end all of them end", () =>
    simulate(function* () {
      const emitter = new Emitter();
      const source = events<[number]>(emitter, "n", { end: "end" });
      const takers = [1, 2, 3].map(() => createTask(anext(source, null)));
      yield* sleep(1);
      emitter.emit("n", 1);
      emitter.emit("n", 2);
      emitter.emit("end");
      const got = [];
      for (const taker of takers) got.push(yield* taker);
      expect(got).toEqual([[1], [2], null]);
    }));
});

describe("events that come faster than they are taken", () => {
  it("pause a target that can be paused, and let it go on when half of them are taken", () =>
    simulate(function* () {
      const numbers = new Numbers();
      const source = events<[number]>(numbers, "data", { capacity: 4 });
      numbers.send(4);
      expect(numbers.state).toBe("paused");
      numbers.send(2); // read before it was paused
      expect(yield* first(source, 3)).toEqual([0, 1, 2]);
      expect(numbers.state).toBe("paused");
      expect(yield* first(source, 1)).toEqual([3]);
      expect(numbers.state).toBe("flows");
      numbers.send(2);
      expect(numbers.state).toBe("paused");
      expect(yield* first(source, 4)).toEqual([4, 5, 6, 7]);
      expect(numbers.log).toEqual(["paused at 4", "resumed at 6", "paused at 8", "resumed at 8"]);
      yield* source.aclose();
    }));

  it("a target that is left while it is paused goes on", () =>
    simulate(function* () {
      const numbers = new Numbers();
      const source = events(numbers, "data", { capacity: 1 });
      numbers.send(1);
      yield* source.aclose();
      expect([numbers.state, numbers.count]).toEqual(["flows", 0]);
    }));

  it("pause by functions of the program's own", () =>
    simulate(function* () {
      const target = new Target();
      const log: string[] = [];
      const source = events(target, "tick", {
        capacity: 2,
        pause: () => log.push("pause"),
        resume: () => log.push("resume"),
      });
      for (let i = 0; i < 2; i++) target.dispatchEvent(new Event("tick"));
      yield* anext(source);
      expect(log).toEqual(["pause", "resume"]);
      yield* source.aclose();
    }));

  it("of a target that ignores pause() end with QueueFull: memory is bounded", () =>
    simulate(function* () {
      const numbers = new Numbers();
      const source = events(numbers, "data", { capacity: 10 });
      numbers.send(1_000_000);
      expect(numbers.count).toBe(0);
      let taken = 0;
      const error = yield* errorOf(
        asyncFor(source, function* () {
          taken++;
        }),
      );
      expect(error).toBeInstanceOf(QueueFull);
      expect(String(error)).toContain("although it was paused");
      expect(taken).toBe(10 + 65_536);
    }));

  it("end with QueueFull by default, after what was kept", () =>
    simulate(function* () {
      const emitter = new Emitter();
      const source = events(emitter, "n", { capacity: 2 });
      for (const n of [1, 2, 3, 4]) emitter.emit("n", n);
      expect(emitter.count).toBe(0);
      expect([yield* anext(source), yield* anext(source)]).toEqual([[1], [2]]);
      const error = yield* errorOf(anext(source));
      expect(error).toBeInstanceOf(QueueFull);
      expect(String(error)).toContain(
        'the event "n" of an object of class Emitter: 2 events have not been taken. Take them faster',
      );
    }));

  it.each([
    ["dropOldest", [3, 4]],
    ["dropNewest", [1, 2]],
  ] as const)("%s drops, and counts", (overflow, kept) =>
    simulate(function* () {
      const emitter = new Emitter();
      const source = events<[number]>(emitter, "n", { capacity: 2, overflow });
      for (const n of [1, 2, 3, 4]) emitter.emit("n", n);
      expect(yield* first(source, 2)).toEqual(kept);
      expect(source.dropped).toBe(2);
      yield* source.aclose();
    }),
  );

  it("that wait for a task are given to it at once: nothing is dropped", () =>
    simulate(function* () {
      const emitter = new Emitter();
      const source = events<[number]>(emitter, "n", { capacity: 1, overflow: "dropNewest" });
      const got: number[] = [];
      const task = createTask(
        asyncFor(source, function* ([n]) {
          got.push(n);
        }),
      );
      for (let n = 0; n < 5; n++) {
        yield* sleep(1);
        emitter.emit("n", n);
      }
      yield* sleep(1);
      task.cancel();
      yield* errorOf(task);
      expect([got, source.dropped]).toEqual([[0, 1, 2, 3, 4], 0]);
    }));

  it("say what is wrong with the options", () => {
    const target = new Target();
    const make = (options: object) => () => events(target, "x", options as never);
    expect(make({ overflow: "block" })).toThrow('overflow must be "pause", "dropOldest", "dropNewest" or "error"');
    expect(make({ overflow: "pause" })).toThrow('overflow "pause" needs the options pause and resume');
    expect(make({ capacity: 0 })).toThrow("capacity must be a whole number of 1 or more events, got 0");
    expect(make({ capacity: Number.POSITIVE_INFINITY })).toThrow("capacity must be a whole number");
    expect(make({ end: 5 })).toThrow("end must be the name of an event, or an array of names");
    expect(make({ pause: true, resume: true })).toThrow("pause must be a function");
    expect(make({ highWaterMark: 5 })).toThrow('events has no option "highWaterMark"');
    expect(() => events(5 as never, "x")).toThrow("events expects an EventTarget or an EventEmitter, got 5");
    expect(target.count).toBe(0);
  });
});
