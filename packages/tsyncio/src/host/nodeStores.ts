/** Node's `AsyncLocalStorage` in tasks. */

import { PENDING } from "../kernel/flags.ts";
import type { Ambient } from "../kernel/state.ts";

interface Resource {
  runInAsyncScope<A extends unknown[], R>(fn: (...args: A) => R, thisArg: unknown, ...args: A): R;
}

/** The part of `node:async_hooks` that is used; Bun and Deno have it too. */
interface AsyncHooks {
  AsyncResource: new (type: string, options: { requireManualDestroy: boolean }) => Resource;
  AsyncLocalStorage: new () => { enterWith(store: unknown): void; getStore(): unknown; disable(): void };
}

type Step = () => void;

/** Null where there is no `AsyncLocalStorage`. */
export function nodeStores(): Ambient | null {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): AsyncHooks | undefined } };
  const hooks = process?.getBuiltinModule?.("node:async_hooks");
  return hooks === undefined ? null : new AsyncStores(hooks);
}

class AsyncStores implements Ambient {
  everywhere = false;
  private readonly hooks: AsyncHooks;
  private readonly mutable: boolean;

  constructor(hooks: AsyncHooks) {
    this.hooks = hooks;
    this.mutable = keepsEntered(hooks);
  }

  capture(): Resource {
    return new this.hooks.AsyncResource("tsyncio.Task", OPTIONS);
  }

  run(captured: unknown, step: Step, owner: object): unknown {
    const resource = captured as Resource;
    if (!this.mutable) return resource.runInAsyncScope(this.stepAndCapture, this, step, owner) ?? resource;
    resource.runInAsyncScope(step, owner);
    return resource;
  }

  /**
   * Not after the last step of a task, nor for a callback, which is called once. A call of `done()` would count as the
   * question of something that waits for the task: see native/begunCall.ts.
   */
  private stepAndCapture(step: Step, owner: { _state?: number }): Resource | null {
    step.call(owner);
    return owner._state === PENDING ? this.capture() : null;
  }
}

/** There is no listener for the end of these resources. */
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
