import {
  addInstrument,
  type Coroutine,
  createTask,
  type ExceptionContext,
  type Future,
  getRunningLoop,
  type Instrument,
  Lock,
  LookupError,
  removeInstrument,
  sleep,
  type Task,
} from "tsyncio";
import { afterEach, describe, expect, it } from "vitest";
import { simulate } from "../support.ts";

/** Writes down what it is told. */
class Recorder implements Instrument {
  readonly lines: string[] = [];

  taskCreated(task: Task<unknown>): void {
    this.lines.push(`${task.getName()} created`);
  }
  stepBegan(task: Task<unknown>): void {
    this.lines.push(`${task.getName()} runs`);
  }
  stepEnded(task: Task<unknown>): void {
    this.lines.push(`${task.getName()} stops`);
  }
  blocked(task: Task<unknown>, future: Future<unknown> | null): void {
    this.lines.push(`${task.getName()} waits${future === null ? " a turn" : ""}`);
  }
  woken(task: Task<unknown>, future: Future<unknown>, by: Task<unknown> | null): void {
    this.lines.push(`${task.getName()} woken by ${by?.getName() ?? "the loop"}, ${future.done()}`);
  }
  cancelled(task: Task<unknown>, by: Task<unknown> | null, msg: unknown): void {
    this.lines.push(`${task.getName()} cancelled by ${by?.getName() ?? "a callback"}: ${msg}`);
  }
  taskDone(task: Task<unknown>): void {
    this.lines.push(`${task.getName()} done${task.cancelled() ? ", cancelled" : ""}`);
  }
}

const added: Instrument[] = [];
function add<I extends Instrument>(instrument: I): I {
  addInstrument(instrument);
  added.push(instrument);
  return instrument;
}
function remove(instrument: Instrument): void {
  added.splice(added.indexOf(instrument), 1);
  removeInstrument(instrument);
}
afterEach(() => {
  for (const instrument of added.splice(0)) removeInstrument(instrument);
});

/** `main` in a task of the name "main", after which the recorder is gone. */
async function recorded(main: () => Coroutine<unknown>): Promise<string[]> {
  const recorder = new Recorder();
  await simulate(function* () {
    add(recorder);
    yield* createTask(main(), { name: "main" });
    remove(recorder);
  });
  // The task that has added the recorder was running then.
  return recorder.lines.filter((line) => !line.startsWith("Task-"));
}

describe("an instrument is told", () => {
  it("of a task that sleeps: made, each step, what it waits for, woken by the loop, done", async () => {
    const lines = await recorded(function* () {
      yield* sleep(0);
      yield* sleep(1);
    });
    expect(lines).toEqual([
      "main created",
      "main runs",
      "main waits a turn",
      "main stops",
      "main runs",
      "main waits",
      "main stops",
      "main woken by the loop, true",
      "main runs",
      "main done",
      "main stops",
    ]);
  });

  it("which task has woken another", async () => {
    const lines = await recorded(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const waiting = createTask(lock.acquire(), { name: "waiting" });
      yield* sleep(1);
      lock.release();
      yield* waiting;
    });
    expect(lines.filter((line) => line.includes("woken"))).toEqual([
      "main woken by the loop, true",
      "waiting woken by main, true",
      "main woken by waiting, true",
    ]);
  });

  it("what has cancelled a task, and with which message", async () => {
    const lines = await recorded(function* () {
      const one = createTask(sleep(9), { name: "one" });
      const two = createTask(sleep(9), { name: "two" });
      yield* sleep(0);
      one.cancel("enough");
      getRunningLoop().callSoon(() => two.cancel());
      yield* sleep(1);
    });
    expect(lines.filter((line) => line.includes("cancelled"))).toEqual([
      "one cancelled by main: enough",
      "one done, cancelled",
      "two cancelled by a callback: undefined",
      "two done, cancelled",
    ]);
  });

  it("of a task that begins inside its maker", async () => {
    const lines = await recorded(function* () {
      createTask(sleep(0), { name: "eager", eagerStart: true });
      yield* sleep(0);
    });
    expect(lines.slice(1, 6)).toEqual([
      "main runs",
      "eager created",
      "eager runs",
      "eager waits a turn",
      "eager stops",
    ]);
  });
});

describe("instruments", () => {
  it("are told one after the other, each by its own `this`, until they are removed", async () => {
    const first = new Recorder();
    const second = new Recorder();
    await simulate(function* () {
      add(first);
      add(second);
      addInstrument(first); // is there already
      yield* sleep(0);
      remove(first);
      yield* sleep(0);
    });
    expect(first.lines.filter((line) => line.endsWith("waits a turn"))).toHaveLength(1);
    expect(second.lines.filter((line) => line.endsWith("waits a turn"))).toHaveLength(2);
  });

  it("that throw are removed and reported, and the program goes on with the others", async () => {
    const reports: ExceptionContext[] = [];
    const recorder = new Recorder();
    const error = new Error("a fault of the instrument");
    const faulty: Instrument = {
      blocked() {
        throw error;
      },
    };
    const result = await simulate(function* () {
      addInstrument(faulty);
      add(recorder);
      yield* sleep(0);
      yield* sleep(1);
      return "as ever";
    }, reports);
    expect(result).toBe("as ever");
    expect(reports).toEqual([{ message: "An instrument has thrown in blocked(), and was removed", exception: error }]);
    expect(recorder.lines.filter((line) => line.includes("waits"))).toHaveLength(2);
    expect(() => removeInstrument(faulty)).toThrow(LookupError);
  });

  it("must have a method that is called", () => {
    // @ts-expect-error: no such method
    expect(() => addInstrument({ onTask() {} })).toThrow(
      "an instrument must be an object with at least one of taskCreated(), stepBegan(), stepEnded(), blocked(), " +
        "woken(), cancelled(), taskDone(), got an object of class Object",
    );
    expect(() => addInstrument(null as never)).toThrow(TypeError);
    expect(() => removeInstrument({ blocked() {} })).toThrow(
      "the instrument is not there: it was not added, or it has thrown",
    );
  });
});
