"use tsyncio";
/** Rule 6: a cancellation of the task passes a `catch`; every other `CancelledError` is an outcome, and enters it. */

import * as tsyncio from "tsyncio";
import {
  CancelledError,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  isCancelled,
  run,
  CancelledError as Stopped,
  shield,
  sleep,
  type Task,
  TaskGroup,
  TimeoutError,
  timeout,
  virtualLoop,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";

type Log = string[];
type Body = (log: Log) => Promise<unknown>;

/** The name of an error, and of those in it. */
function nameOf(error: unknown): string {
  const { name, exceptions } = error as { name: string; exceptions?: unknown[] };
  return exceptions === undefined ? name : `${name}[${exceptions.map(nameOf)}]`;
}

/** The log of the body, and how it has ended. `act` comes when it waits. */
function logOf(body: Body, act: (task: Task<unknown>) => void = () => {}): Promise<Log> {
  const main = async (): Promise<Log> => {
    const log: Log = [];
    const task = createTask(body(log));
    await sleep(1);
    act(task);
    try {
      log.push(`returned ${await shield(task)}`);
    } catch (error) {
      log.push(isCancelled(error) && task.cancelled() ? "cancelled" : `threw ${nameOf(error)}`);
    }
    return log;
  };
  return run(main(), { loopFactory: virtualLoop });
}

const cancel = (task: Task<unknown>): void => void task.cancel();

async function forever(): Promise<void> {
  await getRunningLoop().createFuture();
}

/** A worker that something else stops. */
function stopped(): Task<void> {
  const worker = createTask(forever());
  getRunningLoop().callSoon(() => worker.cancel());
  return worker;
}

function rows(table: Record<string, [body: Body, expected: Log, act?: (task: Task<unknown>) => void]>): void {
  it.each(Object.keys(table))("%s", (name) => {
    const [body, expected, act] = table[name] as NonNullable<(typeof table)[string]>;
    return logOf(body, act).then((log) => expect(log).toEqual(expected));
  });
}

describe("a cancellation of the task", () => {
  rows({
    "passes a catch": [
      async (log) => {
        try {
          await forever();
        } catch (error) {
          log.push(`caught ${nameOf(error)}`);
        }
      },
      ["cancelled"],
      cancel,
    ],
    "passes a catch without a name, and one that takes the error apart": [
      async (log) => {
        try {
          try {
            await forever();
          } catch {
            log.push("caught");
          }
          // biome-ignore lint/suspicious/noExplicitAny: the type of a pattern in a catch
        } catch ({ message }: any) {
          log.push(`caught ${message}`);
        }
      },
      ["cancelled"],
      cancel,
    ],
    "passes a catch that converts: roll-back belongs in finally": [
      async (log) => {
        let committed = false;
        try {
          await forever();
          committed = true;
        } catch (error) {
          log.push("converted");
          throw new Error("transaction failed", { cause: error });
        } finally {
          if (!committed) {
            await sleep(1);
            log.push("rolled back");
          }
        }
      },
      ["rolled back", "cancelled"],
      cancel,
    ],
    "enters a catch that throws it on whatever happens": [
      async (log) => {
        try {
          await forever();
        } catch (error) {
          await sleep(1);
          log.push("rolled back");
          throw error;
        }
      },
      ["rolled back", "cancelled"],
      cancel,
    ],
    "enters a catch all of whose paths throw it on": [
      async (log) => {
        try {
          await forever();
        } catch (error) {
          if (log.length > 0) {
            throw error;
          } else {
            try {
              log.push("rolled back");
            } finally {
              // biome-ignore lint/correctness/noUnsafeFinally: on purpose
              throw error;
            }
          }
        }
      },
      ["rolled back", "cancelled"],
      cancel,
    ],
    "is seen where the handler asks for it: isCancelled": [
      async (log) => {
        try {
          await forever();
        } catch (error) {
          log.push(`asked: ${isCancelled(error)}`);
        }
        return "goes on";
      },
      ["asked: true", "returned goes on"],
      cancel,
    ],
    "is seen through an alias": [
      async (log) => {
        try {
          await forever();
        } catch (error) {
          if (error instanceof Stopped) log.push("seen");
        }
        return 1;
      },
      ["seen", "returned 1"],
      cancel,
    ],
    "is seen through the namespace": [
      async (log) => {
        try {
          await forever();
        } catch (error) {
          if (tsyncio.isCancelled(error)) log.push("seen");
        }
        return 1;
      },
      ["seen", "returned 1"],
      cancel,
    ],
    "passes where only a comment or a text names CancelledError": [
      async (log) => {
        try {
          await forever();
        } catch (error) {
          // A CancelledError, as isCancelled says.
          log.push(`CancelledError ${nameOf(error)} isCancelled`);
        }
      },
      ["cancelled"],
      cancel,
    ],
    "passes where a function of the program has the name": [
      async (log) => {
        const isCancelled = (error: unknown): boolean => error === null;
        try {
          await forever();
        } catch (error) {
          log.push(`caught ${isCancelled(error)}`);
        }
      },
      ["cancelled"],
      cancel,
    ],
    "passes .catch() of a leaf, a task and a future, whose .finally() runs": [
      async (log) => {
        const task = createTask(forever());
        try {
          await Promise.race([]).catch(() => log.push("never"));
        } finally {
          await sleep(0)
            .catch(() => log.push("caught"))
            .finally(() => log.push("leaf"));
          task.cancel();
          await task.catch((error) => log.push(nameOf(error))).finally(() => log.push("task"));
        }
      },
      ["leaf", "CancelledError", "task", "cancelled"],
      cancel,
    ],
    "passes .catch(), .then() and not .finally()": [
      async (log) => {
        await forever()
          .catch(() => 0)
          .then(
            () => log.push("then"),
            () => log.push("rejected"),
          )
          .finally(() => log.push("finally"));
      },
      ["finally", "cancelled"],
      cancel,
    ],
    "passes at gather, shield and waitFor": [
      async (log) => {
        try {
          try {
            try {
              await gather(forever(), forever());
            } finally {
              await shield(waitFor(forever(), 1));
            }
          } catch (error) {
            log.push(`caught ${nameOf(error)}`);
            throw new CancelledError();
          }
        } finally {
          log.push("finally");
        }
      },
      ["caught TimeoutError", "finally", "cancelled"],
      cancel,
    ],
    "by itself passes": [
      async (log) => {
        currentTask()?.cancel();
        try {
          await null;
        } catch (error) {
          log.push(`caught ${nameOf(error)}`);
        }
      },
      ["cancelled"],
    ],
    "passes a second time, in the cleanup": [
      async (log) => {
        try {
          try {
            await forever();
          } finally {
            log.push("cleans up");
            await sleep(9);
            log.push("not reached");
          }
        } catch (error) {
          log.push(`caught ${nameOf(error)}`);
        }
      },
      ["cleans up", "cancelled"],
      (task) => {
        task.cancel();
        getRunningLoop().callLater(1, () => task.cancel());
      },
    ],
    "closes a generator without its catch": [
      async (log) => {
        const items = async function* (): AsyncGenerator<number, void> {
          try {
            yield 1;
          } catch (error) {
            log.push(`caught ${nameOf(error)}`);
          } finally {
            log.push("closed");
          }
        };
        for await (const item of items()) {
          log.push(`item ${item}`);
          await forever();
        }
      },
      ["item 1", "closed", "cancelled"],
      cancel,
    ],
  });
});

describe("a CancelledError that is an outcome enters a catch", () => {
  const catches = async (log: Log, source: () => PromiseLike<unknown>): Promise<void> => {
    try {
      await source();
    } catch (error) {
      log.push(`caught ${nameOf(error)}`);
    }
  };

  rows({
    "of a worker that was stopped": [(log) => catches(log, stopped), ["caught CancelledError", "returned undefined"]],
    "of a future, and of a shielded task": [
      async (log) => {
        const future = getRunningLoop().createFuture();
        future.cancel();
        await catches(log, () => future);
        await catches(log, () => shield(stopped()));
      },
      ["caught CancelledError", "caught CancelledError", "returned undefined"],
    ],
    "of the program's own": [
      async (log) => {
        await catches(log, async () => {
          throw new CancelledError();
        });
      },
      ["caught CancelledError", "returned undefined"],
    ],
    "a supervisor restarts a worker that was cancelled, and is not ended by it": [
      async (log) => {
        for (let i = 0; i < 3; i++) {
          try {
            await stopped();
          } catch (error) {
            log.push(`restart after ${nameOf(error)}`);
          }
        }
      },
      [...Array(3).fill("restart after CancelledError"), "returned undefined"],
    ],
    "the supervisor itself is ended": [
      async (log) => {
        for (;;) {
          try {
            await forever();
          } catch (error) {
            log.push(`restart after ${nameOf(error)}`);
          }
        }
      },
      ["cancelled"],
      cancel,
    ],
    "in the cleanup of a cancelled task, whose rest runs": [
      async (log) => {
        const worker = createTask(forever());
        try {
          await forever();
        } finally {
          worker.cancel();
          await catches(log, () => worker);
          log.push("rest");
        }
      },
      ["caught CancelledError", "rest", "cancelled"],
      cancel,
    ],
    "in the block of a group whose child has failed": [
      async (log) => {
        const worker = createTask(forever());
        await using group = new TaskGroup();
        group.createTask(
          (async () => {
            await sleep(1);
            throw new RangeError("child");
          })(),
        );
        try {
          await forever();
        } finally {
          worker.cancel();
          await catches(log, () => worker);
          log.push("rest");
        }
      },
      ["caught CancelledError", "rest", "threw ExceptionGroup[RangeError]"],
    ],
    "of a child that is cancelled alone": [
      async (log) => {
        await using group = new TaskGroup();
        const child = group.createTask(forever());
        getRunningLoop().callSoon(() => child.cancel());
        await catches(log, () => child);
      },
      ["caught CancelledError", "returned undefined"],
    ],
    "in a task that has answered a cancellation before": [
      async (log) => {
        try {
          await forever();
        } catch (error) {
          log.push(`answered ${isCancelled(error)}`);
        }
        await catches(log, stopped);
        return "done";
      },
      ["answered true", "caught CancelledError", "returned done"],
      cancel,
    ],
  });
});

describe("what a group or a timeout makes of its own cancellation", () => {
  rows({
    "passes inside the block, and enters outside of it": [
      async (log) => {
        try {
          await using _ = timeout(1);
          try {
            await forever();
          } catch (error) {
            log.push(`inside ${nameOf(error)}`);
          }
        } catch (error) {
          log.push(`outside ${nameOf(error)}`);
        }
        return currentTask()?.cancelling();
      },
      ["outside TimeoutError", "returned 0"],
    ],
    "the same for a group": [
      async (log) => {
        try {
          await using group = new TaskGroup();
          group.createTask(
            (async () => {
              throw new RangeError("child");
            })(),
          );
          try {
            await forever();
          } catch (error) {
            log.push(`inside ${nameOf(error)}`);
          }
        } catch (error) {
          log.push(`outside ${nameOf(error)}`);
        }
        return currentTask()?.cancelling();
      },
      ["outside ExceptionGroup[RangeError]", "returned 0"],
    ],
    "a timeout that expires in the cleanup of a cancelled task": [
      async (log) => {
        try {
          await forever();
        } finally {
          try {
            await waitFor(sleep(9), 1);
          } catch (error) {
            log.push(`caught ${nameOf(error)} ${error instanceof TimeoutError}`);
          }
        }
      },
      ["caught TimeoutError true", "cancelled"],
      cancel,
    ],
    "a cancellation from outside, while an inner timeout expires": [
      async (log) => {
        try {
          await using _ = timeout(1);
          await forever();
        } catch (error) {
          log.push(`caught ${nameOf(error)}`);
        }
      },
      ["cancelled"],
      cancel,
    ],
  });
});
