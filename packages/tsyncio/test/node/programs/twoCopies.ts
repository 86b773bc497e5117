/** Two copies of the package in one process, whose folders are the arguments: prints what each makes of the other's. */

import type { Awaitable, Coroutine } from "tsyncio";

const [first, second] = process.argv.slice(2, 4) as [string, string];
const a: typeof import("tsyncio") = await import(first);
const b: typeof import("tsyncio") = await import(second);

function check(name: string, holds: boolean): void {
  console.log(`${name}: ${holds}`);
}

type Any = Coroutine<unknown>;

function* caught(awaitable: Awaitable<unknown>): Any {
  try {
    return yield* awaitable;
  } catch (error) {
    return error;
  }
}

check("copies", a.Task !== b.Task);
for (const [x, y, way] of [
  [a, b, "first runs second"],
  [b, a, "second runs first"],
] as const) {
  function* sleeps(): Any {
    yield* y.sleep(10);
    return "slept";
  }
  await x.run(
    (function* () {
      const late = (yield* caught(x.waitFor(sleeps(), 0.01))) as Error;
      check(`${way}: timeout`, late instanceof x.TimeoutError && late instanceof y.TimeoutError);
      const block = y.asyncWith(y.timeout(0.01), () => x.sleep(10));
      check(`${way}: timeout() of the other`, (yield* caught(block)) instanceof x.TimeoutError);

      const task = x.createTask(sleeps());
      yield* x.sleep(0);
      task.cancel("why");
      const error = yield* caught(y.gather(task));
      check(`${way}: cancelled`, task.cancelled() && y.isCancelled(error) && x.isCancelled(error));

      function* selfCancelled(): Any {
        throw new y.CancelledError("own");
      }
      const own = x.createTask(selfCancelled());
      yield* x.wait([own]);
      check(`${way}: a CancelledError of the other`, own.cancelled());

      const group = yield* caught(
        x.asyncWith(new x.TaskGroup(), function* (g) {
          g.createTask(
            (function* (): Any {
              throw new y.ValueError("v");
            })(),
          );
          yield* y.sleep(10);
        }),
      );
      check(`${way}: group`, group instanceof y.ExceptionGroup && group.exceptions[0] instanceof x.ValueError);

      const variable = new y.ContextVar("v", { default: "default" });
      variable.set("set");
      const context = y.copyContext();
      function* reads(): Any {
        yield* x.sleep(0);
        return variable.get();
      }
      const read = [yield* x.createTask(reads()), yield* x.createTask(reads(), { context })];
      check(`${way}: context variables`, read.join() === "set,set");

      const queue = new y.Queue<number>();
      const got = x.createTask(queue.get());
      yield* x.sleep(0);
      queue.putNowait(1);
      check(`${way}: queue`, (yield* got) === 1);

      const controller = new AbortController();
      const limit = y.timeout(10);
      const limited = y.asyncWith(limit, function* () {
        x.cancelOnAbort(controller.signal, limit);
        controller.abort();
        yield* x.sleep(10);
      });
      check(`${way}: cancelOnAbort of a timeout`, (yield* caught(limited)) instanceof x.TimeoutError);

      const coro = sleeps();
      const one = x.createTask(y.waitFor(coro, 0.05));
      yield* x.sleep(0);
      const two = (yield* caught(coro)) as Error;
      check(`${way}: awaited twice`, /already/.test(String(two)));
      yield* x.wait([one]);
    })(),
  );
  const loop = y.newEventLoop();
  x.setEventLoop(loop);
  check(`${way}: setEventLoop`, y.getEventLoop() === loop);
  x.setEventLoop(null);
}
