/** What the tests share. */

import { type Awaitable, type Coroutine, EventLoop, type ExceptionContext, run, sleep, VirtualHost } from "tsyncio";
import { expect } from "vitest";

/** A loop on virtual time that keeps its reports instead of printing them. */
export function watchedLoop(reports: ExceptionContext[] = []): EventLoop {
  const host = new VirtualHost({ report: (text, error) => reports.push({ message: text, exception: error }) });
  const loop = new EventLoop({ host });
  loop.setExceptionHandler((_loop, context) => reports.push(context));
  return loop;
}

/**
 * `run(main())` on virtual time. What the loop reports goes into `reports`; without that array there must be no
 * report at all.
 */
export async function simulate<T>(main: () => Awaitable<T>, reports?: ExceptionContext[]): Promise<T> {
  const unexpected: ExceptionContext[] = [];
  const result = await run(main(), { loopFactory: () => watchedLoop(reports ?? unexpected) });
  const [first] = unexpected;
  if (first !== undefined) throw new Error(`the loop has reported: ${first.message}`, { cause: first.exception });
  return result;
}

/** The error with which the awaitable ends. */
export function* errorOf(awaitable: Awaitable<unknown>): Coroutine<unknown> {
  let value: unknown;
  try {
    value = yield* awaitable;
  } catch (error) {
    return error;
  }
  throw new Error(`an error was expected, the result is ${String(value)}`);
}

/** The error that the function throws. */
export function thrownBy(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error("an error was expected");
}

/** The error with which the promise is rejected. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("a rejection was expected");
}

/** That many turns of the loop. */
export function* turns(count: number): Coroutine<void> {
  for (let i = 0; i < count; i++) yield* sleep(0);
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** In a task: what `fn` throws, or what the awaitable it returns throws. */
export function* failure(fn: () => unknown): Coroutine<Error> {
  let made: unknown;
  try {
    made = fn();
  } catch (error) {
    return error as Error;
  }
  return (yield* errorOf(made as Coroutine<unknown>)) as Error;
}

/** Each call, made in a task, fails with an error of this class that says this. */
export async function refuses(
  error: ErrorClass,
  text: string | RegExp,
  calls: Record<string, () => unknown>,
): Promise<void> {
  await simulate(function* () {
    const got: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const [name, call] of Object.entries(calls)) {
      const thrown = yield* failure(call);
      const says = typeof text === "string" ? thrown.message.includes(text) : text.test(thrown.message);
      got[name] = `${thrown.name}: ${says ? "as expected" : thrown.message}`;
      expected[name] = `${error.prototype.name}: as expected`;
    }
    expect(got).toEqual(expected);
  });
}

/** A value of the wrong type. */
export const any = (value: unknown): never => value as never;
