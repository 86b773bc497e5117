/** What translated programs call `op`: the functions and classes of asyncio, by CPython's names. */

import {
  allTasks,
  asCompleted,
  Barrier,
  BoundedSemaphore,
  Condition,
  type Context,
  type ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  Event,
  eagerTaskFactory,
  ensureFuture,
  type Future,
  gather,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
  shield,
  sleep,
  Task,
  TaskGroup,
  type Token,
  timeout,
  timeoutAt,
  wait,
  waitFor,
} from "tsyncio";
import { StreamReader } from "tsyncio/net";
import type { OPERATIONS } from "./expressions.ts";
import type { AnyFunction } from "./forms.ts";
import { type Body, type HandlerContext, type Machine, seconds, secondsOrNull } from "./machine.ts";
import { compare, truthy } from "./values.ts";

export type Keywords = Record<string, unknown>;
export type Operation = (args: unknown[], keywords: Keywords) => unknown;

type Aw = Coroutine<unknown> | Future<unknown>;

/** The options of the same names, those that are null left out. */
export function options(keywords: Keywords, names: Record<string, string> = { name: "name", context: "context" }) {
  const pairs = Object.entries(names).filter(([python]) => (keywords[python] ?? null) !== null);
  return Object.fromEntries(pairs.map(([python, own]) => [own, keywords[python]]));
}

/** A trailing `{ context }`, where one is given. */
export function contextOption(keywords: Keywords): [{ context: Context }] | [] {
  return keywords.context instanceof Object ? [{ context: keywords.context as Context }] : [];
}

/** `["cm", name, argument...]` */
class ProgramManager {
  private readonly functions: { enter: Body; exit: Body };
  private readonly args: unknown[];

  constructor(functions: { enter: Body; exit: Body }, args: unknown[]) {
    this.functions = functions;
    this.args = args;
  }

  aenter(): Coroutine<unknown> {
    return this.functions.enter(...this.args);
  }

  aexit(error: unknown): Coroutine<unknown> {
    return this.functions.exit(...this.args, error);
  }
}

/** The result is `[done, pending]`, two lists in the order of the argument. */
function* waitInOrder(list: Aw[], keywords: Keywords): Coroutine<unknown> {
  const names = { timeout: "timeout", return_when: "returnWhen" };
  const { timeout: ticks, ...rest } = keywords;
  const given = { ...rest, timeout: secondsOrNull(ticks) };
  const [done, pending] = yield* wait(list as Future<unknown>[], options(given, names));
  const order = [...new Set(list)] as Future<unknown>[];
  return [order.filter((future) => done.has(future)), order.filter((future) => pending.has(future))];
}

/** `set_exception_handler`: the program's function gets the canonical message and the exception. */
function setExceptionHandler(machine: Machine, callback: AnyFunction | null): void {
  const handler = (_loop: unknown, context: HandlerContext) => {
    if (!machine.closed && !machine.ignores(context)) {
      callback?.(machine.handlerMessage(context), context.exception ?? null);
    }
  };
  machine.loop.setExceptionHandler(callback === null ? null : handler);
}

function byLabel(machine: Machine): Task<unknown>[] {
  const label = (task: Task<unknown>) => machine.labelOf(task);
  return [...allTasks(machine.loop)].sort((a, b) => compare(label(a), label(b)));
}

export function operations(machine: Machine): Record<(typeof OPERATIONS)[number], Operation> {
  const variable = (name: unknown) => machine.variables.get(name as string) as ContextVar<unknown>;
  const named = (name: unknown) => machine.functions.get(name as string) as AnyFunction;
  return {
    call: ([name, ...args]) => named(name)(...args),
    coro: ([name, ...args]) => machine.coroutine(name as string, args),
    agen: ([name, ...args]) => machine.keep(named(name)(...args)),
    fn:
      ([name, ...args]) =>
      (...more: unknown[]) =>
        named(name)(...args, ...more),
    cm: ([name, ...args]) =>
      new ProgramManager(machine.managers.get(name as string) as ProgramManager["functions"], args),
    compact: (args) => args.filter((arg) => arg !== null),

    create_task: ([coro], keywords) =>
      machine.makeTask(coro, keywords.name, () => createTask(coro as Coroutine<unknown>, options(keywords))),
    Task: ([coro], keywords) =>
      machine.makeTask(coro, keywords.name, () => {
        const eagerStart = truthy(keywords.eager_start);
        return new Task(coro as Coroutine<unknown>, { loop: machine.loop, eagerStart, ...options(keywords) });
      }),
    ensure_future: ([awaitable]) => machine.makeTask(awaitable, null, () => ensureFuture(awaitable as Aw)),
    TaskGroup: () => new TaskGroup(),
    current_task: () => machine.currentTask(),
    all_tasks: () => byLabel(machine),
    sleep: ([delay, ...result]) => (result.length > 0 ? sleep(seconds(delay), result[0]) : sleep(seconds(delay))),
    gather: ([list], { return_exceptions }) =>
      truthy(return_exceptions) ? gather(...(list as Aw[]), { returnExceptions: true }) : gather(...(list as Aw[])),
    wait: ([list], keywords) => waitInOrder(list as Aw[], keywords),
    wait_for: ([awaitable, delay]) => waitFor(awaitable as Aw, secondsOrNull(delay)),
    shield: ([awaitable]) => shield(awaitable as Aw),
    as_completed: ([list], { timeout: ticks }) => asCompleted(list as Aw[], { timeout: secondsOrNull(ticks) }),
    timeout: ([delay]) => timeout(secondsOrNull(delay)),
    timeout_at: ([when]) => timeoutAt(secondsOrNull(when)),
    time: () => machine.now(),

    Future: ([label]) => {
      const future = machine.keep(machine.loop.createFuture());
      if (typeof label === "string") {
        machine.label(future, label);
      }
      return future;
    },
    call_soon: ([callback], keywords) => machine.loop.callSoon(callback as AnyFunction, ...contextOption(keywords)),
    call_later: ([delay, callback], keywords) =>
      machine.loop.callLater(seconds(delay), callback as AnyFunction, ...contextOption(keywords)),
    call_at: ([when, callback], keywords) =>
      machine.loop.callAt(seconds(when), callback as AnyFunction, ...contextOption(keywords)),
    call_exception_handler: (_, context) => machine.loop.callExceptionHandler(context as never),
    set_exception_handler: ([callback]) => setExceptionHandler(machine, callback as AnyFunction | null),
    set_task_factory: ([kind]) => machine.loop.setTaskFactory(kind === "eager" ? eagerTaskFactory : null),
    stop: () => machine.loop.stop(),

    cv_get: ([name, ...initial]) => variable(name).get(...(initial as [])),
    cv_set: ([name, value]) => variable(name).set(value),
    cv_reset: ([name, token]) => variable(name).reset(token as Token<unknown>),
    ctx_get: ([context, name]) => (context as Context).get(variable(name)) ?? null,
    copy_context: () => copyContext(),

    StreamReader: (_, { limit }) =>
      new StreamReader({ loop: machine.loop, ...(typeof limit === "number" ? { limit } : {}) }),
    Lock: () => new Lock(),
    Event: () => new Event(),
    Condition: ([lock]) => (lock instanceof Lock ? new Condition(lock) : new Condition()),
    Semaphore: (args) => new Semaphore(...(args as [number?])),
    BoundedSemaphore: (args) => new BoundedSemaphore(...(args as [number?])),
    Barrier: ([parties]) => new Barrier(parties as number),
    Queue: (args) => new Queue(...(args as [number?])),
    LifoQueue: (args) => new LifoQueue(...(args as [number?])),
    PriorityQueue: ([maxsize]) => new PriorityQueue(maxsize as number | undefined, { compare }),
  };
}
