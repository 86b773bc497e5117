/** asyncio.timeout and asyncio.timeout_at. */

import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { CancelledError, RuntimeError, TimeoutError, ValueError } from "../base/errors.ts";
import { leftWithoutError } from "../base/notCompiled.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import { type Handle, NO_ARGS, TimerHandle } from "../kernel/handle.ts";
import type { ContextMethod, Coroutine } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { CancelScope } from "./cancelScope.ts";

type State = "created" | "active" | "expiring" | "expired" | "finished";

/**
 * A deadline for a block: `yield* asyncWith(timeout(5), function* (t) { … })`. When it passes, the block is
 * cancelled, and leaving it throws `TimeoutError`, unless the task was cancelled from elsewhere too. `asyncio.Timeout`.
 */
export class Timeout extends CancelScope {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Timeout);
  declare private state: State;
  declare private deadline: number | null;
  declare private timer: Handle | null;

  /** `when` is a time of the loop's clock, in seconds; null never expires. */
  constructor(when: number | null) {
    super();
    checkSeconds(when, "a timeout");
    this.state = "created";
    this.deadline = when;
    this.timer = null;
  }

  /** The deadline in seconds of the loop's clock, or null. */
  when(): number | null {
    return this.deadline;
  }

  /**
   * Moves the deadline to `when` seconds of the loop's clock; null is no limit. Throws `RuntimeError` unless the block
   * is running.
   */
  reschedule(when: number | null): void {
    if (this.state !== "active") {
      if (this.state === "created") throw new RuntimeError("Timeout has not been entered");
      throw new RuntimeError(`Cannot change state of ${this.state} Timeout`);
    }
    checkSeconds(when, "reschedule");
    this.schedule(when);
  }

  /** True if the deadline has passed while the block was running. */
  expired(): boolean {
    return this.state === "expiring" || this.state === "expired";
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    this._enter();
    return this;
  }

  aexit(error: unknown): ContextMethod<void>;
  *aexit(error: unknown): Coroutine<void> | ContextMethod<void> {
    this._exit(error ?? null);
  }

  /**
   * For the type of `await using`, which is compiled to `aenter` and `aexit`.
   *
   * @throws RuntimeError in a module that is not compiled: JavaScript does not tell the error that has ended the block.
   */
  [ASYNC_DISPOSE](): PromiseLike<void> {
    throw leftWithoutError(this);
  }

  /** @internal */
  _enter(): void {
    if (this.state !== "created") throw new RuntimeError("Timeout has already been entered");
    const task = kernel.currentTask;
    if (task === null) throw new RuntimeError("Timeout should be used inside a task");
    this.state = "active";
    this.begin(task);
    this.schedule(this.deadline);
  }

  /** @internal The block has ended, by `error` or null. Throws `TimeoutError` if this timeout has ended it. */
  _exit(error: unknown): void {
    this.timer?.cancel();
    this.timer = null;
    if (this.state === "expiring") {
      this.state = "expired";
      const ours = this.takeBack(error);
      this.task = null;
      if (ours && error instanceof CancelledError) throw new TimeoutError("", { cause: error });
    } else if (this.state === "active") this.state = "finished";
    this.task = null;
  }

  override toString(): string {
    const when = this.state !== "active" ? "" : ` when=${this.deadline === null ? null : this.deadline.toFixed(3)}`;
    return `<Timeout [${this.state}]${when}>`;
  }

  protected override get what(): string {
    return "its timeout";
  }

  private schedule(when: number | null): void {
    this.timer?.cancel();
    this.timer = null;
    this.deadline = when;
    if (when === null) return;
    const loop = currentLoop();
    if (when <= loop.time()) this.timer = loop.callSoon(() => this.expire());
    else this.timer = loop._addTimer(new Deadline(when, this), when);
  }

  /** @internal */
  expire(): void {
    if (this.state !== "active") return;
    this.timer?.cancel();
    this.timer = null;
    this.interrupt();
    this.state = "expiring";
  }
}

/** The timer of a timeout: many are made, and few fire. */
class Deadline extends TimerHandle {
  declare private readonly timeout: Timeout;

  constructor(when: number, timeout: Timeout) {
    super(when, expire, NO_ARGS, currentLoop(), kernel.context);
    this.timeout = timeout;
  }

  override _run(): void {
    if (!this.cancelled()) this.timeout.expire();
  }
}

function expire(): void {}

/** Throws unless `seconds` is a number, or null for no limit. */
export function checkSeconds(seconds: unknown, what: string): void {
  if (seconds === null) return;
  if (typeof seconds !== "number") throw new TypeError(`${what} expects seconds or null, got ${describe(seconds)}`);
  if (Number.isNaN(seconds)) throw new ValueError(`${what} expects a number of seconds, not NaN`);
}

/**
 * A block may take `delay` seconds from now; null is no limit. `asyncio.timeout`.
 *
 *     const page = yield* asyncWith(timeout(5), () => load(url)); // TimeoutError after 5 seconds
 */
export function timeout(delay: number | null): Timeout {
  checkSeconds(delay, "timeout");
  return new Timeout(delay === null ? null : currentLoop().time() + delay);
}

/**
 * A block may run until the loop's clock shows `when` seconds; null is no limit. `asyncio.timeout_at`.
 *
 *     const end = getRunningLoop().time() + 60;
 *     for (const url of urls) yield* asyncWith(timeoutAt(end), () => load(url)); // a minute for all
 */
export function timeoutAt(when: number | null): Timeout {
  return new Timeout(when);
}
