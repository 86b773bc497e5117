/** group.createTask(coro, { isolated: true }). */

import {
  asyncWith,
  type Coroutine,
  createTask,
  type ExceptionContext,
  ExceptionGroup,
  KeyboardInterrupt,
  sleep,
  TaskGroup,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, rejection, simulate } from "../support.ts";

function* fails(after: number, text = "boom"): Coroutine<never> {
  yield* sleep(after);
  throw new Error(text);
}

describe("an isolated task of a TaskGroup", () => {
  it("that fails is reported, and ends neither the block nor its siblings", async () => {
    const reports: ExceptionContext[] = [];
    await simulate(function* () {
      const log: string[] = [];
      yield* asyncWith(new TaskGroup(), function* (group) {
        const failed = group.createTask(fails(1), { isolated: true, name: "client" });
        const sibling = group.createTask(sleep(2, "sibling"));
        yield* sleep(3);
        log.push(`${failed.getName()}: ${failed.exception()}`, sibling.result());
        expect(group.tasks.size).toBe(0);
      });
      expect(log).toEqual(["client: Error: boom", "sibling"]);
    }, reports);
    expect(reports).toMatchObject([{ message: "An isolated task of a TaskGroup has failed" }]);
    expect(String(reports[0]?.exception)).toBe("Error: boom");
  });

  it("is waited for", () =>
    simulate(function* () {
      let ended = false;
      yield* asyncWith(new TaskGroup(), function* (group) {
        group.createTask(
          (function* () {
            yield* sleep(5);
            ended = true;
          })(),
          { isolated: true },
        );
      });
      expect(ended).toBe(true);
    }));

  it("is cancelled with the group: by a sibling that fails, by cancel(), and by a cancellation of the parent", () =>
    simulate(function* () {
      const log: string[] = [];
      function* client(name: string): Coroutine<void> {
        try {
          yield* sleep(100);
        } finally {
          yield* sleep(1);
          log.push(name);
        }
      }
      const withSibling = asyncWith(new TaskGroup(), function* (group) {
        group.createTask(client("sibling"), { isolated: true });
        group.createTask(fails(1));
      });
      expect(yield* errorOf(withSibling)).toBeInstanceOf(ExceptionGroup);
      yield* asyncWith(new TaskGroup(), function* (group) {
        group.createTask(client("cancel()"), { isolated: true });
        yield* sleep(1);
        group.cancel();
      });
      const parent = createTask(
        asyncWith(new TaskGroup(), function* (group) {
          group.createTask(client("parent"), { isolated: true });
        }),
      );
      yield* sleep(1);
      parent.cancel();
      yield* errorOf(parent);
      expect(parent.cancelled()).toBe(true);
      expect(log).toEqual(["sibling", "cancel()", "parent"]);
    }));

  it("that fails in the cleanup of a cancelled group is no error of the group", async () => {
    const reports: ExceptionContext[] = [];
    await simulate(function* () {
      function* stubborn(): Coroutine<void> {
        try {
          yield* sleep(100);
        } finally {
          yield* fails(1, "in the cleanup");
        }
      }
      const error = yield* errorOf(
        asyncWith(new TaskGroup(), function* (group) {
          group.createTask(stubborn(), { isolated: true });
          group.createTask(fails(1, "sibling"));
        }),
      );
      expect((error as ExceptionGroup).exceptions.map(String)).toEqual(["Error: sibling"]);
    }, reports);
    expect(reports.map(({ exception }) => String(exception))).toEqual(["Error: in the cleanup"]);
  });

  it("may end by itself before the call returns, when it is eager", async () => {
    const reports: ExceptionContext[] = [];
    await simulate(function* () {
      yield* asyncWith(new TaskGroup(), function* (group) {
        const failing = (function* (): Coroutine<void> {
          throw new Error("at once");
        })();
        group.createTask(failing, { isolated: true, eagerStart: true });
        yield* sleep(1);
      });
    }, reports);
    expect(reports).toHaveLength(1);
  });

  it("ends everything by an exit, as any task does", async () => {
    const error = await rejection(
      simulate(function* () {
        yield* asyncWith(new TaskGroup(), function* (group) {
          group.createTask(
            (function* (): Coroutine<void> {
              throw new KeyboardInterrupt();
            })(),
            { isolated: true },
          );
          yield* sleep(1);
        });
      }),
    );
    expect(error).toBeInstanceOf(KeyboardInterrupt);
  });

  it("isolated: false is an ordinary task, and tasks outside of groups have no such option", () =>
    simulate(function* () {
      const error = yield* errorOf(
        asyncWith(new TaskGroup(), function* (group) {
          group.createTask(fails(1), { isolated: false });
        }),
      );
      expect(error).toBeInstanceOf(ExceptionGroup);
      expect(() => createTask(sleep(1), { isolated: true } as never)).toThrow('a task has no option "isolated"');
    }));
});
