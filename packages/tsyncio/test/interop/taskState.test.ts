import { type Coroutine, createTaskState, Event, isCancelled, run, sleep, type TaskMode } from "tsyncio";
import { describe, expect, it } from "vitest";

/** Runs that end when they are told to, and what became of them. */
class Work {
  readonly log: string[] = [];
  private readonly doors = new Map<string, Event>();

  *run(name: string): Coroutine<string> {
    this.log.push(`${name} begins`);
    try {
      yield* this.door(name).wait();
      if (name.startsWith("bad")) throw new Error(`${name} has failed`);
      return `result of ${name}`;
    } catch (error) {
      if (isCancelled(error)) yield* sleep(0.001); // cleans up
      throw error;
    } finally {
      this.log.push(`${name} ends`);
    }
  }

  end(name: string): void {
    this.door(name).set();
  }

  private door(name: string): Event {
    const door = this.doors.get(name) ?? new Event();
    this.doors.set(name, door);
    return door;
  }
}

function stateOf(mode?: TaskMode) {
  const work = new Work();
  const state = createTaskState((name: string) => work.run(name), mode && { mode });
  return { ...state, work };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe("createTaskState", () => {
  it("has the state, the result and the error of its runs", async () => {
    const { run, getSnapshot, work } = stateOf();
    expect(getSnapshot()).toEqual({ state: "idle", value: undefined, error: undefined });
    const first = run("a");
    expect(getSnapshot()).toEqual({ state: "running", value: undefined, error: undefined });
    work.end("a");
    expect(await first).toEqual({ state: "done", value: "result of a" });
    expect(getSnapshot()).toEqual({ state: "done", value: "result of a", error: undefined });
    const second = run("bad");
    expect(getSnapshot()).toMatchObject({ state: "running", value: "result of a" });
    work.end("bad");
    const error = new Error("bad has failed");
    expect(await second).toEqual({ state: "failed", error });
    expect(getSnapshot()).toEqual({ state: "failed", value: "result of a", error });
    const third = run("a");
    expect(getSnapshot()).toEqual({ state: "running", value: "result of a", error: undefined });
    await third;
  });

  it("tells its listeners of each change, and keeps the snapshot between them", async () => {
    const { run, getSnapshot, subscribe, work } = stateOf();
    const states: string[] = [];
    const unsubscribe = subscribe(() => states.push(getSnapshot().state));
    const running = run("a");
    expect(getSnapshot()).toBe(getSnapshot());
    work.end("a");
    await running;
    unsubscribe();
    await run("a");
    expect(states).toEqual(["running", "done"]);
  });

  it("an error of a listener keeps neither the run nor the other listeners", async () => {
    const { run, subscribe, getSnapshot, work } = stateOf();
    const queued: (() => void)[] = [];
    const { queueMicrotask } = globalThis;
    globalThis.queueMicrotask = (callback) => void queued.push(callback);
    const states: string[] = [];
    try {
      subscribe(() => {
        throw new Error("of a listener");
      });
      subscribe(() => void states.push(getSnapshot().state));
      work.end("a");
      expect(await run("a")).toEqual({ state: "done", value: "result of a" });
      expect(await run("a")).toEqual({ state: "done", value: "result of a" });
    } finally {
      globalThis.queueMicrotask = queueMicrotask;
    }
    expect(states).toEqual(["running", "done", "running", "done"]);
    expect(queued.length).toBeGreaterThanOrEqual(4);
    // Thrown where nothing catches it, as that of an event's listener.
    for (const callback of queued.slice(0, 1)) expect(callback).toThrow("of a listener");
  });

  it("cancels: the promise of cancel is resolved when the cleanup has ended", async () => {
    const { run, cancel, getSnapshot, work } = stateOf();
    await cancel();
    expect(getSnapshot().state).toBe("idle");
    const running = run("a");
    await until(() => work.log.length === 1);
    const cancelled = cancel();
    expect(getSnapshot().state).toBe("running");
    await cancelled;
    expect(work.log).toEqual(["a begins", "a ends"]);
    expect(getSnapshot().state).toBe("cancelled");
    expect(await running).toEqual({ state: "cancelled" });
  });

  it("restart: the next one begins when the cleanup of the one before has ended, and only the last of several", async () => {
    const { run, getSnapshot, work } = stateOf();
    const outcomes = [run("a")];
    await until(() => work.log.length === 1);
    outcomes.push(run("b"), run("c"));
    await until(() => work.log.length === 3);
    work.end("c");
    expect(await Promise.all(outcomes)).toEqual([
      { state: "cancelled" },
      { state: "dropped" },
      { state: "done", value: "result of c" },
    ]);
    expect(work.log).toEqual(["a begins", "a ends", "c begins", "c ends"]);
    expect(getSnapshot()).toMatchObject({ state: "done", value: "result of c" });
  });

  it("drop: nothing happens while one is under way, but one that is cancelled does not count", async () => {
    const { run, cancel, work } = stateOf("drop");
    const first = run("a");
    expect(await run("b")).toEqual({ state: "dropped" });
    await until(() => work.log.length === 1);
    void cancel();
    const third = run("c");
    expect(await run("d")).toEqual({ state: "dropped" });
    work.end("c");
    expect([await first, await third]).toEqual([{ state: "cancelled" }, { state: "done", value: "result of c" }]);
    expect(work.log).toEqual(["a begins", "a ends", "c begins", "c ends"]);
  });

  it("queue: one after the other, also after one that fails; cancel() cancels all of them", async () => {
    const { run, cancel, getSnapshot, work } = stateOf("queue");
    const outcomes = [run("a"), run("bad"), run("c"), run("d"), run("e")];
    for (const name of ["a", "bad", "c"]) work.end(name);
    await until(() => work.log.at(-1) === "d begins");
    expect(getSnapshot().state).toBe("running");
    await cancel();
    expect((await Promise.all(outcomes)).map(({ state }) => state)).toEqual([
      "done",
      "failed",
      "done",
      "cancelled",
      "cancelled",
    ]);
    expect(getSnapshot()).toMatchObject({ state: "cancelled", value: "result of c" });
    expect((await run("a")).state).toBe("done");
  });

  it("what is cancelled in the turn of its beginning has never begun", async () => {
    const { run, cancel, work } = stateOf();
    const running = run("a");
    await cancel();
    expect([await running, work.log]).toEqual([{ state: "cancelled" }, []]);
  });

  it("the end of a run() that it has joined cancels it", async () => {
    const { run: begin, getSnapshot, work } = stateOf();
    await run(
      (function* () {
        void begin("a");
        yield* sleep(0);
        yield* sleep(0);
      })(),
    );
    await until(() => getSnapshot().state !== "running");
    expect([getSnapshot().state, work.log]).toEqual(["cancelled", ["a begins", "a ends"]]);
  });

  it("a function that throws, or returns no coroutine, is a failure that says so", async () => {
    const outcomeOf = (fn: () => unknown) => createTaskState(fn as () => Coroutine<void>).run();
    const thrown = new Error("at once");
    const throws = () => {
      throw thrown;
    };
    expect(await outcomeOf(throws)).toEqual({ state: "failed", error: thrown });
    for (const fn of [() => 5, async () => 5]) {
      const outcome = await outcomeOf(fn);
      expect(outcome).toMatchObject({ state: "failed", error: { name: "TypeError" } });
      expect(String((outcome as { error: unknown }).error)).toContain("the function of a task must be a function*");
    }
  });

  it("says what is wrong with its arguments", () => {
    expect(() => createTaskState(5 as never)).toThrow("createTaskState expects a coroutine function, got 5");
    expect(() => createTaskState(() => sleep(1), { mode: "latest" as never })).toThrow(
      'mode must be "restart", "drop"',
    );
    expect(() => createTaskState(() => sleep(1), { modus: "drop" } as never)).toThrow("did you mean mode?");
  });
});
