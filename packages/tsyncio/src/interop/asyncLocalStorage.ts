/** Node's `AsyncLocalStorage` in tasks. */

import { type Ambient, kernel } from "../kernel/state.ts";

interface Resource {
  runInAsyncScope<A extends unknown[], R>(fn: (...args: A) => R, thisArg: unknown, ...args: A): R;
}

/** The part of `node:async_hooks` that is used; Bun and Deno have it too. */
interface AsyncHooks {
  AsyncResource: new (type: string, options: { requireManualDestroy: boolean }) => Resource;
  AsyncLocalStorage: new () => { enterWith(store: unknown): void; getStore(): unknown; disable(): void };
}

type Step = () => void;

/**
 * From now on each new task keeps the `AsyncLocalStorage` stores of the code that made it, and what its coroutine sets
 * by `enterWith()`, across every `yield*`. Without it all tasks of a loop see the stores of the code that called
 * `run()`. An option and not the default because of its cost, measured per step and per task: 20 and 80 ns on Node 20
 * and 22, 50 and 120 on Node 24 and 26, 20 and 80 on Bun, and several microseconds on Deno; a step without it takes
 * 35 to 55. Gives false, and does nothing, where there is no `AsyncLocalStorage`: in browsers.
 */
export function keepAsyncLocalStorage(): boolean {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): AsyncHooks | undefined } };
  const hooks = process?.getBuiltinModule?.("node:async_hooks");
  if (hooks === undefined) return false;
  kernel.ambient = new AsyncStores(hooks);
  return true;
}

class AsyncStores implements Ambient {
  private readonly hooks: AsyncHooks;
  private readonly mutable: boolean;

  constructor(hooks: AsyncHooks) {
    this.hooks = hooks;
    this.mutable = keepsEntered(hooks);
  }

  capture(): Resource {
    return new this.hooks.AsyncResource("tsyncio.Task", OPTIONS);
  }

  run(captured: unknown, step: Step, task: object): unknown {
    const resource = captured as Resource;
    if (!this.mutable) return resource.runInAsyncScope(this.stepAndCapture, this, step, task);
    resource.runInAsyncScope(step, task);
    return resource;
  }

  private stepAndCapture(step: Step, task: object): Resource {
    step.call(task);
    return this.capture();
  }
}

/** Nobody listens for the end of these resources. */
const OPTIONS = { requireManualDestroy: true };

/** Whether a resource keeps what `enterWith()` sets inside of it: Node before 24. Else it is to be captured again. */
function keepsEntered({ AsyncResource, AsyncLocalStorage }: AsyncHooks): boolean {
  const storage = new AsyncLocalStorage();
  const resource = new AsyncResource("tsyncio", OPTIONS);
  resource.runInAsyncScope(() => storage.enterWith(true), null);
  const kept = resource.runInAsyncScope(() => storage.getStore() === true, null);
  storage.disable();
  return kept;
}
