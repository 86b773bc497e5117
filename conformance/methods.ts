/** `[".", object, name, argument...]`: methods and properties by CPython's names. */

import type { Condition, Context, Coroutine, Task, TaskGroup, Timeout, TimerHandle } from "tsyncio";
import type { StreamReader } from "tsyncio/net";
import type { AnyFunction } from "./forms.ts";
import { type Machine, secondsOrNull, TICKS } from "./machine.ts";
import { contextOption, type Keywords, options } from "./operations.ts";
import { bytes, truthy } from "./values.ts";

const PROPERTIES = new Set(["maxsize", "parties", "n_waiting", "broken", "partial", "expected", "consumed"]);

/** Names that are not written in camel case by rule. */
const NAMES: Record<string, string> = { readexactly: "readExactly", readuntil: "readUntil" };

type Method = (machine: Machine, object: never, args: unknown[], keywords: Keywords) => unknown;

/** The wait for a condition goes by Python's truth; its value is what the function returned at last. */
function* waitForCondition(condition: Condition, predicate: AnyFunction): Coroutine<unknown> {
  let last: unknown = null;
  yield* condition.waitFor(() => {
    last = predicate();
    return truthy(last);
  });
  return last;
}

const SPECIAL: Record<string, Method> = {
  create_task: (machine, group: TaskGroup, [coro], keywords) =>
    machine.makeTask(coro, keywords.name, () => group.createTask(coro as Coroutine<unknown>, options(keywords))),
  reschedule: (_, timeout: Timeout, [when]) => timeout.reschedule(secondsOrNull(when)),
  when: (_, timed: Timeout | TimerHandle) => {
    const when = timed.when();
    return when === null ? null : Math.trunc(when * TICKS);
  },
  get_name: (_, task: Task<unknown>) => task.getName().replace(/^Task-\d+$/, "Task-#"),
  add_done_callback: (_, future: Task<unknown>, [callback], keywords) =>
    future.addDoneCallback(callback as AnyFunction, ...contextOption(keywords)),
  wait_for: (_, condition: Condition, [predicate]) => waitForCondition(condition, predicate as AnyFunction),
  run: (_, context: Context, [callback, ...args]) => context.run(callback as AnyFunction, ...args),
  shutdown: (_, queue: { shutdown(immediate?: boolean): void }, [immediate], keywords) =>
    queue.shutdown(truthy(immediate ?? keywords.immediate)),
  feed_data: (_, reader: StreamReader, [data]) => reader.feedData(toBytes(data)),
  readuntil: (_, reader: StreamReader, [separator]) =>
    separator === undefined ? reader.readUntil() : reader.readUntil(toBytes(separator)),
};

function toBytes(data: unknown): Uint8Array {
  return typeof data === "string" ? bytes(data) : (data as Uint8Array);
}

function camelCase(name: string): string {
  return NAMES[name] ?? name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

export function callMethod(
  machine: Machine,
  object: unknown,
  name: string,
  args: unknown[],
  keywords: Keywords,
): unknown {
  const special = SPECIAL[name];
  if (special !== undefined) {
    return special(machine, object as never, args, keywords);
  }
  const target = object as Record<string, unknown>;
  const own = camelCase(name);
  if (PROPERTIES.has(name)) {
    return target[own];
  }
  return (target[own] as AnyFunction).call(target, ...args);
}
