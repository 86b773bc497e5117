/** Deno's server can be closed in good order, or at once by its signal: the one after the other is an error there. */

import type { ServerRequest } from "srvx";

export class DenoRequests {
  private readonly controller = new AbortController();
  /** Requests whose answers have not been sent to their end. */
  private count = 0;
  private drained: (() => void) | null = null;

  /** For Deno.serve: when it aborts all connections end. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  requested(request: ServerRequest): void {
    const { completed } = (request.runtime?.deno?.info ?? {}) as { readonly completed?: PromiseLike<unknown> };
    if (completed === undefined) return;
    this.count++;
    completed.then(this.completed, this.completed);
  }

  /** Calls back when all answers have been sent. */
  whenDrained(callback: () => void): void {
    if (this.count === 0) callback();
    else this.drained = callback;
  }

  /** Ends all connections. */
  end(): void {
    this.controller.abort();
  }

  private readonly completed = (): void => {
    if (--this.count > 0) return;
    const { drained } = this;
    this.drained = null;
    drained?.();
  };
}
