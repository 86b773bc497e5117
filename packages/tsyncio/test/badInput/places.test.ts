import {
  asCompleted,
  createTask,
  currentTask,
  ensureFuture,
  Future,
  fromPromise,
  gather,
  getRunningLoop,
  RuntimeError,
  run,
  setEventLoop,
  sleep,
  TaskGroup,
  timeout,
  ValueError,
  virtualLoop,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { refuses, rejection, simulate, thrownBy } from "../support.ts";

function* main() {
  yield* sleep(1);
}

describe("the wrong place", () => {
  it("run inside run says what to do instead", async () => {
    const errors: unknown[] = [];
    await run(
      (function* () {
        run(main()).catch((error) => errors.push(error));
        yield* sleep(0.001);
      })(),
    );
    expect((errors[0] as Error).message).toContain("use await, `yield*` or createTask there");
  });

  it("outside of any loop: createTask, getRunningLoop, timeout, a bare Future", () => {
    setEventLoop(null);
    const calls: Record<string, () => unknown> = {
      createTask: () => createTask(main()),
      getRunningLoop: () => getRunningLoop(),
      timeout: () => timeout(1),
      "new Future": () => new Future(),
      gather: () => gather(sleep(1)),
      currentTask: () => currentTask(),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = thrownBy(call) as Error;
      expect(error).toBeInstanceOf(RuntimeError);
      expect(`${name}: ${error.message}`).toMatch(/no running event loop: .*(inside a? ?corouti|begin with run)/);
    }
  });

  it("createTask in a native callback, while a run is alive, says how native code begins a coroutine", async () => {
    const error = await run(
      (function* () {
        const native = new Promise((resolve) => setTimeout(() => resolve(thrownBy(() => createTask(main())))));
        return yield* fromPromise(native);
      })(),
    );
    expect(error).toBeInstanceOf(RuntimeError);
    expect((error as Error).message).toBe(
      "no running event loop: this is native code. Write toPromise(coroutine), or loop.createTask(coroutine)",
    );
  });

  it("run(gather(…)) names gather, and says how to write it", () => {
    setEventLoop(null);
    const error = thrownBy(() => run(gather(main(), main()) as never)) as Error;
    expect(error.message).toBe(
      "no running event loop: gather works inside coroutines; write run(main()), with yield* gather(…) in function* main()",
    );
  });

  it("a closed loop says that it is closed and what to do", async () => {
    const loop = virtualLoop();
    loop.close();
    loop.close();
    const calls: Record<string, () => unknown> = {
      callSoon: () => loop.callSoon(() => {}),
      callLater: () => loop.callLater(1, () => {}),
      callAt: () => loop.callAt(1, () => {}),
      callSoonThreadsafe: () => loop.callSoonThreadsafe(() => {}),
      createTask: () => loop.createTask(main()),
      runInExecutor: () => loop.runInExecutor(null, () => 1),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = thrownBy(call) as Error;
      expect(`${name}: ${error.name}: ${error.message}`).toBe(
        `${name}: RuntimeError: Event loop is closed: make a new one with newEventLoop(), or use run()`,
      );
    }
    for (const promise of [loop.runForever(), loop.runUntilComplete(main())]) {
      expect(((await rejection(promise)) as Error).message).toContain("Event loop is closed: make a new one");
    }
  });

  it("a loop that runs cannot be closed, or run again, and no other loop can run inside it", async () => {
    const inner = virtualLoop();
    const promises: Promise<unknown>[] = [];
    await simulate(function* () {
      const loop = getRunningLoop();
      expect(() => loop.close()).toThrow(/Cannot close a running event loop/);
      promises.push(rejection(loop.runForever()), rejection(inner.runForever()));
      yield* sleep(0);
    });
    const [same, other] = (await Promise.all(promises)) as Error[];
    expect(same?.message).toBe("This event loop is already running");
    expect(other?.message).toBe("Cannot run the event loop while another loop is running");
  });

  it("a future of another loop, wherever it is given", async () => {
    const foreign = virtualLoop().createFuture();
    await refuses(RuntimeError, "belongs to a different event loop", {
      "yield*": () => foreign,
      waitFor: () => waitFor(foreign, 5),
    });
    await refuses(ValueError, "belongs to a different loop", {
      "ensureFuture with { loop }": () => ensureFuture(foreign, { loop: getRunningLoop() }),
      "gather of two loops": () => gather(sleep(1), foreign),
      asCompleted: () => asCompleted([foreign]),
    });
    expect(await rejection(virtualLoop().runUntilComplete(foreign))).toBeInstanceOf(ValueError);
  });

  it("a timeout outside of a task, or entered twice", async () => {
    const loop = virtualLoop();
    const errors: unknown[] = [];
    loop.callSoon(() => {
      errors.push(thrownBy(() => timeout(1).aenter().next()));
      errors.push(thrownBy(() => new TaskGroup().aenter().next()));
      loop.stop();
    });
    await loop.runForever();
    expect(errors.map((e) => (e as Error).message)).toEqual([
      expect.stringContaining("inside a task"),
      expect.stringContaining("inside a task"),
    ]);
  });
});
